// Boxes as tensors.
#include "saccade/op/box_ops.h"

#include <ATen/ATen.h>

namespace saccade {
namespace {

at::Tensor area(const at::Tensor& xyxy) {
  return (xyxy.select(-1, 2) - xyxy.select(-1, 0)) * (xyxy.select(-1, 3) - xyxy.select(-1, 1));
}

at::Tensor first_corner(const at::Tensor& xyxy) { return xyxy.narrow(-1, 0, 2); }
at::Tensor last_corner(const at::Tensor& xyxy) { return xyxy.narrow(-1, 2, 2); }

// Width times height of what lies between the corners, never negative.
at::Tensor spanned_area(const at::Tensor& top_left, const at::Tensor& bottom_right) {
  const at::Tensor size = (bottom_right - top_left).clamp_min(0);
  return size.select(-1, 0) * size.select(-1, 1);
}

// Box by box, broadcast.
std::pair<at::Tensor, at::Tensor> iou_and_union(const at::Tensor& a, const at::Tensor& b) {
  const at::Tensor shared = spanned_area(at::maximum(first_corner(a), first_corner(b)),
                                         at::minimum(last_corner(a), last_corner(b)));
  const at::Tensor both = area(a) + area(b) - shared;
  return {shared / both, both};
}

}  // namespace

at::Tensor box_cxcywh_to_xyxy(const at::Tensor& boxes) {
  const at::Tensor centre = boxes.narrow(-1, 0, 2);
  const at::Tensor half = boxes.narrow(-1, 2, 2) * 0.5;
  return at::cat({centre - half, centre + half}, -1);
}

at::Tensor box_xyxy_to_cxcywh(const at::Tensor& boxes) {
  const at::Tensor first = boxes.narrow(-1, 0, 2);
  const at::Tensor last = boxes.narrow(-1, 2, 2);
  return at::cat({(first + last) / 2, last - first}, -1);
}

std::pair<at::Tensor, at::Tensor> box_iou_pairs(const at::Tensor& a, const at::Tensor& b) {
  return iou_and_union(a.unsqueeze(1), b);
}

at::Tensor generalised_box_iou(const at::Tensor& a, const at::Tensor& b) {
  const auto [iou, both] = iou_and_union(a, b);
  const at::Tensor hull = spanned_area(at::minimum(first_corner(a), first_corner(b)),
                                       at::maximum(last_corner(a), last_corner(b)));
  return iou - (hull - both) / hull;
}

at::Tensor inverse_sigmoid(const at::Tensor& x) {
  constexpr double kEpsilon = 1e-5;
  const at::Tensor inside = x.clamp(0, 1);
  return at::log(inside.clamp_min(kEpsilon) / (1 - inside).clamp_min(kEpsilon));
}

}  // namespace saccade
