// From raw outputs to detections.
#include "saccade/model/postprocess.h"

#include <ATen/ATen.h>

#include <algorithm>

#include "saccade/op/box_ops.h"

namespace saccade {
namespace {

// The best rows of a flat tensor; equal values in order of their index.
at::Tensor best_indices(const at::Tensor& flat, std::int64_t count) {
  const auto sorted = at::sort(flat, /*stable=*/true, /*dim=*/0, /*descending=*/true);
  return std::get<1>(sorted).narrow(0, 0, std::min(count, flat.size(0)));
}

}  // namespace

at::Tensor probabilities(ModelFamily family, const at::Tensor& logits) {
  if (family == ModelFamily::kDeformableDetr) return logits.sigmoid();
  return at::softmax(logits, -1).narrow(-1, 0, logits.size(-1) - 1);
}

ImageResults postprocess(ModelFamily family, const at::Tensor& given_logits,
                         const at::Tensor& given_boxes_cxcywh, double image_width,
                         double image_height, int count) {
  const at::Tensor logits = given_logits.cpu();
  const at::Tensor boxes_cxcywh = given_boxes_cxcywh.cpu();
  const at::Tensor scale =
      at::tensor({image_width, image_height, image_width, image_height}, at::kDouble)
          .to(boxes_cxcywh.options());
  const at::Tensor boxes = box_cxcywh_to_xyxy(boxes_cxcywh) * scale;
  ImageResults results;
  if (family == ModelFamily::kDetr) {
    std::tie(results.scores, results.labels) = probabilities(family, logits).max(-1);
    results.boxes = boxes;
    results.queries = at::arange(logits.size(0), at::kLong);
    return results;
  }
  const at::Tensor scores = probabilities(family, logits).flatten();
  const at::Tensor index = best_indices(scores, count);
  results.scores = scores.index_select(0, index);
  results.labels = index.remainder(logits.size(1));
  results.queries = index.floor_divide(logits.size(1));
  results.boxes = boxes.index_select(0, results.queries);
  return results;
}

std::vector<Detection> to_detections(const ImageResults& results, const ClassMap& classes) {
  const auto scores = results.scores.to(at::kDouble).contiguous();
  const auto boxes = results.boxes.to(at::kDouble).contiguous();
  const auto score = scores.accessor<double, 1>();
  const auto box = boxes.accessor<double, 2>();
  const auto labels = results.labels.contiguous();
  const auto queries = results.queries.contiguous();
  std::vector<Detection> out;
  for (std::int64_t i = 0; i < scores.size(0); ++i) {
    const auto label = labels.const_data_ptr<std::int64_t>()[i];
    out.push_back({.query = static_cast<int>(queries.const_data_ptr<std::int64_t>()[i]),
                   .label = static_cast<int>(label),
                   .category_id = classes.category_id(label),
                   .score = score[i],
                   .box = {box[i][0], box[i][1], box[i][2], box[i][3]}});
  }
  std::stable_sort(out.begin(), out.end(),
                   [](const auto& a, const auto& b) { return a.score > b.score; });
  return out;
}

}  // namespace saccade
