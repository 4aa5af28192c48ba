// What goes wrong in silence is told once, when it has gone on for a while.
#include "saccade/train/run_alarms.h"

#include <gmock/gmock.h>
#include <gtest/gtest.h>

namespace saccade {
namespace {

EpochEvaluation evaluation_of(double ap50, double spread) {
  EpochEvaluation evaluation;
  evaluation.evaluation.stats[1] = ap50;
  evaluation.box_spread = spread;
  return evaluation;
}

// After which of so many equal evaluations there was an alarm, counted from 1.
std::vector<int> alarmed_after(RunAlarms& alarms, int count, const EpochEvaluation& evaluation) {
  std::vector<int> when;
  for (int i = 1; i <= count; ++i) {
    for (std::size_t n = alarms.after(evaluation).size(); n > 0; --n) when.push_back(i);
  }
  return when;
}

TEST(RunAlarms, FiveEvaluationsWithoutADetectionAreToldOnce) {
  RunAlarms alarms;
  EXPECT_EQ(alarmed_after(alarms, 12, evaluation_of(0, 0.2)), std::vector<int>{5});
  EXPECT_EQ(alarmed_after(alarms, 1, evaluation_of(0.3, 0.2)), std::vector<int>{});
  EXPECT_EQ(alarmed_after(alarms, 12, evaluation_of(0, 0.2)), std::vector<int>{5});
}

TEST(RunAlarms, AGoodEvaluationBetweenBeginsTheCountAnew) {
  RunAlarms alarms;
  for (int i = 0; i < 5; ++i) {
    EXPECT_TRUE(alarmed_after(alarms, 4, evaluation_of(0, 0.2)).empty());
    EXPECT_TRUE(alarmed_after(alarms, 1, evaluation_of(0.01, 0.2)).empty());
  }
}

TEST(RunAlarms, AModelThatSaysTheSameEverywhereIsToldAfterThree) {
  RunAlarms alarms;
  EXPECT_EQ(alarmed_after(alarms, 8, evaluation_of(0.5, 0.001)), std::vector<int>{3});
  EXPECT_TRUE(alarmed_after(alarms, 8, evaluation_of(0.5, 0.02)).empty());
}

TEST(RunAlarms, BothAtOnceAreTwoSentences) {
  RunAlarms alarms;
  EXPECT_EQ(alarmed_after(alarms, 5, evaluation_of(0, 0)), (std::vector<int>{3, 5}));
  RunAlarms again;
  for (int i = 0; i < 2; ++i) again.after(evaluation_of(0, 0));
  EXPECT_THAT(again.after(evaluation_of(0, 0)),
              testing::ElementsAre(testing::HasSubstr("the model has collapsed")));
}

}  // namespace
}  // namespace saccade
