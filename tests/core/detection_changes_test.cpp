// Detections of two results for one image, matched.
#include "saccade/core/detection_changes.h"

#include <gtest/gtest.h>

#include <set>

namespace saccade {
namespace {

// A 10 x 10 box at x.
Detection detection(double score, double x, int label = 1) {
  Detection d;
  d.label = label, d.score = score, d.box = {x, 0, x + 10, 10};
  return d;
}

void expect_change(const DetectionChange& change, DetectionChange::Kind kind, int before, int after,
                   double iou) {
  EXPECT_EQ(change.kind, kind);
  EXPECT_EQ(change.before, before);
  EXPECT_EQ(change.after, after);
  EXPECT_NEAR(change.iou, iou, 1e-12);
}

// Boxes 2 apart share 8 of 12; boxes 4 apart only 6 of 14, which is too little.
TEST(DetectionChanges, BoxesThatOverlapByHalfAreKeptOthersLostAndGained) {
  const std::vector<Detection> before{detection(0.9, 0), detection(0.8, 100)};
  const std::vector<Detection> after{detection(0.7, 104), detection(0.5, 2)};
  const auto changes = match_detections(before, after);
  ASSERT_EQ(changes.size(), 3u);
  expect_change(changes[0], DetectionChange::kKept, 0, 1, 8.0 / 12);
  expect_change(changes[1], DetectionChange::kLost, 1, -1, 0);
  expect_change(changes[2], DetectionChange::kGained, -1, 0, 0);
  EXPECT_EQ(match_detections(before, after, 6.0 / 14).size(), 2u);
}

TEST(DetectionChanges, AnotherClassIsALossAndAGain) {
  const auto changes =
      match_detections(std::vector{detection(0.9, 0, 1)}, std::vector{detection(0.9, 0, 2)});
  ASSERT_EQ(changes.size(), 2u);
  expect_change(changes[0], DetectionChange::kLost, 0, -1, 0);
  expect_change(changes[1], DetectionChange::kGained, -1, 0, 0);
}

// The box at 2 suits the second best, but the best of the baseline chooses first.
TEST(DetectionChanges, TheHighestScoreBeforeChoosesFirstAndTakesTheNearest) {
  const std::vector<Detection> before{detection(0.5, 2), detection(0.9, 1)};
  const std::vector<Detection> after{detection(0.9, 3), detection(0.4, 2)};
  const auto changes = match_detections(before, after);
  ASSERT_EQ(changes.size(), 2u);
  expect_change(changes[0], DetectionChange::kKept, 1, 1, 9.0 / 11);
  expect_change(changes[1], DetectionChange::kKept, 0, 0, 9.0 / 11);
}

TEST(DetectionChanges, OfTwoEqualBoxesTheOneWithTheHigherScoreIsTaken) {
  const auto changes = match_detections(std::vector{detection(0.9, 0)},
                                        std::vector{detection(0.2, 0), detection(0.6, 0)});
  ASSERT_EQ(changes.size(), 2u);
  expect_change(changes[0], DetectionChange::kKept, 0, 1, 1);
  expect_change(changes[1], DetectionChange::kGained, -1, 0, 0);
}

TEST(DetectionChanges, NothingMatchesNothing) {
  const std::vector<Detection> some{detection(0.9, 0)};
  EXPECT_TRUE(match_detections({}, {}).empty());
  EXPECT_EQ(match_detections(some, {}).front().kind, DetectionChange::kLost);
  EXPECT_EQ(match_detections({}, some).front().kind, DetectionChange::kGained);
}

// Every detection is in exactly one change, whatever the boxes.
TEST(DetectionChanges, EveryDetectionIsInOneChange) {
  std::vector<Detection> before, after;
  for (int i = 0; i < 60; ++i) {
    before.push_back(detection(0.01 * (i * 37 % 60), i * 53 % 97, i % 3));
    after.push_back(detection(0.01 * (i * 29 % 60), i * 71 % 89, i % 3));
  }
  std::set<int> olds, news;
  for (const DetectionChange& change : match_detections(before, after)) {
    if (change.before >= 0) {
      EXPECT_TRUE(olds.insert(change.before).second);
    }
    if (change.after >= 0) {
      EXPECT_TRUE(news.insert(change.after).second);
    }
    EXPECT_EQ(change.kind == DetectionChange::kKept, change.before >= 0 && change.after >= 0);
    EXPECT_EQ(change.iou >= 0.5, change.kind == DetectionChange::kKept);
  }
  EXPECT_EQ(olds.size(), before.size());
  EXPECT_EQ(news.size(), after.size());
}

}  // namespace
}  // namespace saccade
