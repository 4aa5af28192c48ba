// What a page draws of the decoder.
#include "saccade/server/decoder_view.h"

#include <ATen/ATen.h>

#include "saccade/checkpoint/tensors.h"

namespace saccade {
namespace {

constexpr double kSteps = 65535;
// Points lie from one image left of the image to one right of it.
constexpr double kLowest = -1, kRange = 3;

// [0, 1] to 16 bits; int16 holds them, as it has all operations.
at::Tensor packed(const at::Tensor& share) {
  return (share * kSteps).round().clamp(0, kSteps).to(at::kInt).to(at::kShort).contiguous();
}

at::Tensor probabilities(ModelFamily family, const at::Tensor& logits) {
  const at::Tensor in_float = logits.to(at::kFloat).to(at::kCPU);
  if (family == ModelFamily::kDeformableDetr) return in_float.sigmoid();
  return in_float.softmax(-1).narrow(-1, 0, in_float.size(-1) - 1);
}

at::Tensor corners_in_pixels(const at::Tensor& boxes, double width, double height) {
  const at::Tensor b = boxes.to(at::kFloat).to(at::kCPU);
  const at::Tensor centre = b.narrow(-1, 0, 2), half = b.narrow(-1, 2, 2) * 0.5;
  const at::Tensor size = at::tensor({width, height, width, height}, at::kFloat);
  return at::cat({centre - half, centre + half}, -1) * size;
}

at::Tensor reference_in_pixels(const PointTrace& layer, const at::Tensor& valid_ratios,
                               double width, double height) {
  const at::Tensor of_level = layer.reference_points.select(1, 0).to(at::kFloat);  // [Q, 2 or 4]
  const at::Tensor ratio = valid_ratios[0].to(at::kFloat),
                   size = at::tensor({width, height}, at::kFloat);
  const at::Tensor scale = size / ratio;
  return of_level * (of_level.size(1) == 4 ? at::cat({scale, scale}) : scale);
}

// The layers of `before` that were not run, then `fresh`.
at::Tensor joined(const at::Tensor& before, const std::vector<at::Tensor>& fresh,
                  std::int64_t layers) {
  const std::int64_t kept = layers - static_cast<std::int64_t>(fresh.size());
  std::vector<at::Tensor> all;
  if (kept > 0) all.push_back(before.narrow(0, 0, kept));
  if (!fresh.empty()) all.push_back(at::stack(fresh));
  return at::cat(all);
}

}  // namespace

at::Tensor packed_points(const at::Tensor& points) { return packed((points - kLowest) / kRange); }
at::Tensor packed_weights(const at::Tensor& weights) { return packed(weights.to(at::kFloat)); }

RawTensor raw_packed(const at::Tensor& tensor) {
  RawTensor raw = to_raw(tensor);
  raw.dtype = DType::kUInt16;
  return raw;
}

std::vector<Detection> detections_of(const LoadedModel& model, const ModelOutput& output,
                                     double width, double height) {
  return to_detections(postprocess(model.detector->config().family, output.pred_logits[-1][0],
                                   output.pred_boxes[-1][0], width, height),
                       model.classes);
}

DecoderView decoder_view(const LoadedModel& model, const ModelOutput& output, const Trace& trace,
                         const DecoderView& before, double width, double height) {
  DecoderView view{
      .scores = probabilities(model.detector->config().family, output.pred_logits.select(1, 0)),
      .boxes = corners_in_pixels(output.pred_boxes.select(1, 0), width, height)};
  std::vector<std::int32_t> found;
  for (const Detection& detection : detections_of(model, output, width, height))
    found.insert(found.end(), {detection.query, detection.label});
  view.detections = at::tensor(found, at::kInt).view({-1, 2});
  if (model.detector->config().family != ModelFamily::kDeformableDetr) return view;
  std::vector<at::Tensor> references, points, weights;
  for (const PointTrace& layer : trace.decoder) {
    references.push_back(reference_in_pixels(layer, trace.valid_ratios, width, height));
    points.push_back(packed_points(
        points_in_pixels(layer.sampling_locations.to(at::kFloat), trace.valid_ratios, 1, 1)));
    weights.push_back(packed_weights(layer.attention_weights));
  }
  const std::int64_t layers = view.scores.size(0);
  view.reference = joined(before.reference, references, layers);
  view.points = joined(before.points, points, layers);
  view.weights = joined(before.weights, weights, layers);
  return view;
}

NamedRawTensors named_tensors(const DecoderView& view) {
  NamedRawTensors tensors = {{"scores", to_raw(view.scores)},
                             {"boxes", to_raw(view.boxes)},
                             {"detections", to_raw(view.detections)}};
  if (!view.points.defined()) return tensors;
  tensors.emplace_back("reference", to_raw(view.reference));
  tensors.emplace_back("points", raw_packed(view.points));
  tensors.emplace_back("weights", raw_packed(view.weights));
  return tensors;
}

std::size_t bytes_of(const DecoderView& view) {
  std::size_t bytes = 0;
  for (const at::Tensor* tensor :
       {&view.scores, &view.boxes, &view.detections, &view.reference, &view.points, &view.weights})
    if (tensor->defined()) bytes += tensor->nbytes();
  return bytes;
}

}  // namespace saccade
