// Boxes as tensors. Boxes lie on the last axis, [..., 4].
#pragma once

#include <ATen/core/Tensor.h>

#include <utility>

namespace saccade {

// (cx, cy, w, h) <-> (x0, y0, x1, y1), in any unit.
at::Tensor box_cxcywh_to_xyxy(const at::Tensor& boxes_cxcywh);
at::Tensor box_xyxy_to_cxcywh(const at::Tensor& boxes_xyxy);

// Intersection over union and union area of every pair: [A, 4] and [B, 4] xyxy -> two [A, B].
std::pair<at::Tensor, at::Tensor> box_iou_pairs(const at::Tensor& a_xyxy, const at::Tensor& b_xyxy);
// Generalised IoU (Rezatofighi et al. 2019) box by box, broadcast: [..., 4] and [..., 4] xyxy -> [...].
// For every pair of [A, 4] and [B, 4] give a.unsqueeze(1).
at::Tensor generalised_box_iou(const at::Tensor& a_xyxy, const at::Tensor& b_xyxy);

// log(x / (1 - x)) with x clamped to [0, 1] and both parts to at least 1e-5 (model.md 4.3).
at::Tensor inverse_sigmoid(const at::Tensor& x);

}  // namespace saccade
