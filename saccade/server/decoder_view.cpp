// What a page draws of the decoder.
#include "saccade/server/decoder_view.h"

#include <ATen/ATen.h>

#include <algorithm>

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

// Where a layer starts looking, [Q, 2 or 4] fraction of the image.
at::Tensor reference_of(const ModelOutput& output, std::int64_t layer) {
  return layer == 0 ? output.init_reference[0] : output.inter_references[layer - 1][0];
}

// What is drawn of one layer: [Q, 2 or 4], [Q, M, L, P, 2], [Q, M, L, P] as in DecoderView.
struct LayerView {
  at::Tensor reference, points, weights, query_specific;
};

LayerView of_trace(const PointTrace& layer, const at::Tensor& valid_ratios, double width,
                   double height) {
  const at::Tensor places = layer.sampling_locations.to(at::kFloat);
  return {reference_in_pixels(layer, valid_ratios, width, height),
          packed_points(points_in_pixels(places, valid_ratios, 1, 1)),
          packed_weights(layer.attention_weights),
          specific_parts(&layer, layer.attention_weights.size(1))};
}

// Of a layer that an intervention switched off: it looks nowhere.
LayerView of_skipped(const DecoderView& before, const ModelOutput& output, std::int64_t layer,
                     double width, double height) {
  const at::Tensor reference = reference_of(output, layer).to(at::kFloat).to(at::kCPU);
  const at::Tensor size = at::tensor({width, height}, at::kFloat);
  return {reference * (reference.size(1) == 4 ? at::cat({size, size}) : size), before.points[layer],
          at::zeros_like(before.weights[layer]), specific_parts(nullptr, before.weights.size(2))};
}

// Refined boxes follow after points: a point is a box without sides.
at::Tensor of_all(const std::vector<LayerView>& layers, at::Tensor LayerView::*part) {
  std::int64_t widest = 0;
  for (const LayerView& layer : layers) widest = std::max(widest, (layer.*part).size(-1));
  std::vector<at::Tensor> all;
  for (const LayerView& layer : layers)
    all.push_back(at::constant_pad_nd(layer.*part, {0, widest - (layer.*part).size(-1)}));
  return at::stack(all);
}

}  // namespace

at::Tensor specific_parts(const PointTrace* layer, std::int64_t heads) {
  std::vector<QuerySpecific> parts(static_cast<std::size_t>(heads) + 1);
  if (layer != nullptr) {
    parts = layer->heads_specific;
    parts.push_back(layer->query_specific);
  }
  std::vector<double> numbers;
  for (const QuerySpecific& part : parts)
    numbers.insert(numbers.end(), {part.weights, part.offsets});
  return at::tensor(numbers, at::kFloat).view({-1, 2});
}

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
                         int first_layer, const DecoderView& before, double width, double height) {
  DecoderView view{
      .scores = probabilities(model.detector->config().family,
                              output.pred_logits.select(1, 0).to(at::kFloat).to(at::kCPU)),
      .boxes = corners_in_pixels(output.pred_boxes.select(1, 0), width, height)};
  std::vector<std::int32_t> found;
  for (const Detection& detection : detections_of(model, output, width, height))
    found.insert(found.end(), {detection.query, detection.label});
  view.detections = at::tensor(found, at::kInt).view({-1, 2});
  if (model.detector->config().family != ModelFamily::kDeformableDetr) return view;
  std::vector<LayerView> layers(static_cast<std::size_t>(view.scores.size(0)));
  for (const PointTrace& layer : trace.decoder)
    layers[static_cast<std::size_t>(layer.layer)] =
        of_trace(layer, trace.valid_ratios, width, height);
  for (std::int64_t i = 0; i < std::ssize(layers); ++i) {
    LayerView& layer = layers[static_cast<std::size_t>(i)];
    if (i < first_layer)
      layer = {before.reference[i], before.points[i], before.weights[i], before.query_specific[i]};
    else if (!layer.weights.defined())
      layer = of_skipped(before, output, i, width, height);
  }
  view.reference = of_all(layers, &LayerView::reference);
  view.points = of_all(layers, &LayerView::points);
  view.weights = of_all(layers, &LayerView::weights);
  view.query_specific = of_all(layers, &LayerView::query_specific);
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
  tensors.emplace_back("query_specific", to_raw(view.query_specific));
  return tensors;
}

std::size_t bytes_of(const DecoderView& view) {
  std::size_t bytes = 0;
  for (const at::Tensor* tensor : {&view.scores, &view.boxes, &view.detections, &view.reference,
                                   &view.points, &view.weights, &view.query_specific})
    if (tensor->defined()) bytes += tensor->nbytes();
  return bytes;
}

}  // namespace saccade
