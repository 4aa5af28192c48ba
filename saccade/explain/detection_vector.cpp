// How much of a detection is left in another output.
#include "saccade/explain/detection_vector.h"

#include <ATen/ATen.h>

#include "saccade/model/postprocess.h"
#include "saccade/op/box_ops.h"

namespace saccade {

DetectionVector detection_vector(ModelFamily family, const ModelOutput& output, int query) {
  return {output.pred_boxes[-1][0][query].to(at::kFloat).clone(),
          probabilities(family, output.pred_logits[-1][0][query].to(at::kFloat)).clone()};
}

double DetectionLikeness::similarity() const { return (iou * cosine).max().item<double>(); }

DetectionLikeness likeness(const DetectionVector& detection, const at::Tensor& boxes_cxcywh,
                           const at::Tensor& classes) {
  const at::Tensor boxes = box_cxcywh_to_xyxy(boxes_cxcywh.to(at::kFloat));
  const at::Tensor box = box_cxcywh_to_xyxy(detection.box_cxcywh).unsqueeze(0);
  const at::Tensor lengths = classes.norm(2, {1}) * detection.classes.norm();
  return {box_iou_pairs(boxes, box).first.squeeze(1).nan_to_num(0),
          classes.matmul(detection.classes) / lengths.clamp_min(1e-12)};
}

}  // namespace saccade
