// What goes wrong in silence.
#include "saccade/train/run_alarms.h"

#include "saccade/core/error.h"

namespace saccade {
namespace {

constexpr int kZeroEvaluations = 5;
constexpr double kZeroAp50 = 1e-4;
constexpr int kCollapsedEvaluations = 3;
constexpr double kCollapsedSpread = 0.005;  // of the image

}  // namespace

std::vector<std::string> RunAlarms::after(const EpochEvaluation& evaluation) {
  std::vector<std::string> alarms;
  at_zero_ = evaluation.evaluation.stats[1] < kZeroAp50 ? at_zero_ + 1 : 0;
  if (at_zero_ == kZeroEvaluations) {
    alarms.push_back(
        text_of("AP50 was 0 in the last ", kZeroEvaluations,
                " evaluations: are the boxes and classes right (saccade data show), does "
                "the loss fall, does --overfit 4 work?"));
  }
  collapsed_ = evaluation.box_spread < kCollapsedSpread ? collapsed_ + 1 : 0;
  if (collapsed_ == kCollapsedEvaluations) {
    alarms.push_back(
        text_of("in the last ", kCollapsedEvaluations,
                " evaluations all queries predicted the same box on every image (spread ",
                evaluation.box_spread,
                " of the image): the model has collapsed; lower --lr, or start from "
                "pretrained weights"));
  }
  return alarms;
}

}  // namespace saccade
