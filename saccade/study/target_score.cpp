// How much of a detection is left in another output.
#include "saccade/study/target_score.h"

#include <ATen/ATen.h>

#include "saccade/model/postprocess.h"
#include "saccade/op/box_ops.h"
#include "saccade/op/transfer.h"

namespace saccade {
namespace {

constexpr double kSameObject = 0.5;  // IoU

// [Q] of one image's boxes [Q, 4].
at::Tensor overlaps(const at::Tensor& boxes_cxcywh, const at::Tensor& target_cxcywh) {
  const at::Tensor boxes = box_cxcywh_to_xyxy(boxes_cxcywh.to(at::kFloat));
  const at::Tensor target = box_cxcywh_to_xyxy(target_cxcywh).unsqueeze(0);
  return box_iou_pairs(boxes, target).first.squeeze(1);
}

}  // namespace

ScoreTarget score_target(ModelFamily family, const ModelOutput& output, int query, int label) {
  return {
      .label = label,
      .box_cxcywh = output.pred_boxes[-1][0][query].to(at::kFloat).clone(),
      .classes = probabilities(family, output.pred_logits[-1][0][query].to(at::kFloat)).clone()};
}

std::vector<TargetScore> target_scores(ModelFamily family, const ModelOutput& output,
                                       const ScoreTarget& target, int query) {
  at::Tensor logits = output.pred_logits[-1], boxes = output.pred_boxes[-1];  // [N, Q, ...]
  if (query >= 0) logits = logits.narrow(1, query, 1), boxes = boxes.narrow(1, query, 1);
  bring_to_host({&logits, &boxes});
  const at::Tensor classes = probabilities(family, logits.to(at::kFloat));
  std::vector<TargetScore> scores;
  for (std::int64_t n = 0; n < logits.size(0); ++n) {
    const at::Tensor iou = overlaps(boxes[n], target.box_cxcywh);
    const at::Tensor lengths = classes[n].norm(2, {1}) * target.classes.norm();
    const at::Tensor cosine = classes[n].matmul(target.classes) / lengths.clamp_min(1e-12);
    const at::Tensor of_class = classes[n].select(1, target.label) * (iou > kSameObject);
    scores.push_back({(iou * cosine).max().item<double>(), of_class.max().item<double>()});
  }
  return scores;
}

}  // namespace saccade
