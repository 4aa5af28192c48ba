// From raw outputs to detections, as the official post-processing.
#pragma once

#include <ATen/core/Tensor.h>

#include <vector>

#include "saccade/core/boxes.h"
#include "saccade/core/class_map.h"
#include "saccade/model/model_config.h"

namespace saccade {

// Of logits [..., K]: Deformable DETR: sigmoid, one for each class alone. Plain DETR: softmax without its last output, "no object".
at::Tensor probabilities(ModelFamily family, const at::Tensor& logits);

// One image's results as tensors, one row each.
struct ImageResults {
  at::Tensor scores;   // [R]
  at::Tensor labels;   // [R] class index
  at::Tensor boxes;    // [R, 4] xyxy, in pixels of the size given
  at::Tensor queries;  // [R]
};

// logits [Q, K], boxes [Q, 4] cxcywh. Deformable DETR: sigmoid, the best `count` of Q x K (all when
// there are fewer), by score, then by index. Plain DETR: softmax without its last output, one row
// per query in query order. What lies on a device is copied to the CPU first.
ImageResults postprocess(ModelFamily family, const at::Tensor& logits,
                         const at::Tensor& boxes_cxcywh, double image_width, double image_height,
                         int count = 100);

// The rows as detections, sorted by score.
std::vector<Detection> to_detections(const ImageResults& results, const ClassMap& classes);

}  // namespace saccade
