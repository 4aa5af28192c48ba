// How much of a detection is left in another output.
#include "saccade/study/target_score.h"

#include <ATen/ATen.h>

#include "saccade/model/postprocess.h"
#include "saccade/op/transfer.h"

namespace saccade {
namespace {

constexpr double kSameObject = 0.5;  // IoU

}  // namespace

std::vector<TargetScore> target_scores(ModelFamily family, const ModelOutput& output,
                                       const ScoreTarget& target, int query) {
  at::Tensor logits = output.pred_logits[-1], boxes = output.pred_boxes[-1];  // [N, Q, ...]
  if (query >= 0) logits = logits.narrow(1, query, 1), boxes = boxes.narrow(1, query, 1);
  bring_to_host({&logits, &boxes});
  const at::Tensor classes = probabilities(family, logits.to(at::kFloat));
  std::vector<TargetScore> scores;
  for (std::int64_t n = 0; n < logits.size(0); ++n) {
    const DetectionLikeness alike = likeness(target.detection, boxes[n], classes[n]);
    const at::Tensor of_class = classes[n].select(1, target.label) * (alike.iou > kSameObject);
    scores.push_back({alike.similarity(), of_class.max().item<double>()});
  }
  return scores;
}

}  // namespace saccade
