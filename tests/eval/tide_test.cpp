// TIDE: one case for each type of error.
#include "saccade/eval/tide.h"

#include <gtest/gtest.h>

#include "saccade/core/error.h"
#include "tests/eval/tiny_sets.h"

namespace saccade {
namespace {

constexpr BoxXywh kBox{100, 100, 40, 40};

struct Outcome {
  TideResult tide;
  CocoEvaluation evaluation;
};

Outcome tide_of(std::vector<CocoAnnotation> truths, std::vector<CocoDetection> found,
                int threads = 1) {
  const auto data = tiny_set(4, 3, std::move(truths));
  const auto results = detections(std::move(found));
  CocoEvalOptions options;
  options.keep_matches = true;
  Outcome out{.evaluation = evaluate_coco(data, results, options)};
  out.tide = tide_errors(data, results, out.evaluation, {.keep_errors = true, .threads = threads});
  return out;
}

// AP50 is 0 before and 1 after the repair: the truth is found by no other detection.
void expect_single(const TideResult& tide, TideType type, std::int32_t truth) {
  for (int i = 0; i < kNumTideTypes; ++i) {
    EXPECT_EQ(tide.counts[i], i == static_cast<int>(type) ? 1 : 0) << kTideNames[i];
  }
  ASSERT_EQ(tide.errors.size(), 1u);
  EXPECT_EQ(tide.errors[0].type, type);
  EXPECT_EQ(tide.errors[0].truth, truth);
}

TEST(Tide, ABoxThatLiesBadlyIsLoc) {
  // 20 of 40 pixels to the right: IoU 1/3.
  const auto [tide, evaluation] =
      tide_of({truth(1, 0, 0, kBox)}, {{0, 0, 0.9, {120, 100, 40, 40}}});
  expect_single(tide, TideType::kLoc, 0);
  EXPECT_EQ(tide.ap50, 0.0);
  EXPECT_DOUBLE_EQ(tide.dap[static_cast<int>(TideType::kLoc)], 1.0);
  EXPECT_EQ(tide.dap[static_cast<int>(TideType::kMiss)], 0.0);
  EXPECT_EQ(tide.dap_false_negatives, 0.0);  // no truth is left to find: AP 0
}

TEST(Tide, TheWrongClassIsCls) {
  const auto [tide, evaluation] = tide_of({truth(1, 0, 0, kBox)}, {{0, 1, 0.9, kBox}});
  expect_single(tide, TideType::kCls, 0);
  EXPECT_DOUBLE_EQ(tide.dap[static_cast<int>(TideType::kCls)], 1.0);
}

TEST(Tide, ASecondDetectionOfATruthIsDupe) {
  const auto [tide, evaluation] =
      tide_of({truth(1, 0, 0, kBox), truth(2, 1, 0, kBox)},
              {{0, 0, 0.9, kBox}, {0, 0, 0.8, kBox}, {1, 0, 0.7, kBox}});
  expect_single(tide, TideType::kDupe, 0);
  // Precision 1 up to recall 1/2 and 2/3 beyond, 1 everywhere without the copy.
  EXPECT_NEAR(tide.ap50, (51 + 50 * 2.0 / 3) / 101, 1e-15);
  EXPECT_NEAR(tide.dap[static_cast<int>(TideType::kDupe)], 1 - tide.ap50, 1e-15);
  EXPECT_NEAR(tide.dap_false_positives, 1 - tide.ap50, 1e-15);
}

TEST(Tide, ADetectionOfNothingIsBkg) {
  const auto [tide, evaluation] =
      tide_of({truth(1, 0, 0, kBox)}, {{0, 0, 0.9, kBox}, {0, 0, 0.8, {400, 300, 20, 20}}});
  expect_single(tide, TideType::kBkg, -1);
  EXPECT_DOUBLE_EQ(tide.ap50, 1.0);  // it comes after the hit
}

TEST(Tide, TheWrongClassInABadPlaceIsBoth) {
  const auto [tide, evaluation] =
      tide_of({truth(1, 0, 0, kBox)}, {{0, 0, 0.9, kBox}, {0, 1, 0.8, {120, 100, 40, 40}}});
  expect_single(tide, TideType::kBoth, 0);
}

TEST(Tide, ATruthOutOfReachIsMiss) {
  const auto [tide, evaluation] =
      tide_of({truth(1, 0, 0, kBox), truth(2, 1, 0, kBox)}, {{0, 0, 0.9, kBox}});
  expect_single(tide, TideType::kMiss, 1);
  EXPECT_NEAR(tide.ap50, 51.0 / 101, 1e-15);
  EXPECT_NEAR(tide.dap[static_cast<int>(TideType::kMiss)], 50.0 / 101, 1e-15);
  EXPECT_NEAR(tide.dap_false_negatives, 50.0 / 101, 1e-15);
}

// Of two Loc errors around one truth the better scored is repaired, the other vanishes.
TEST(Tide, OneErrorATruthIsRepaired) {
  const auto [tide, evaluation] =
      tide_of({truth(1, 0, 0, kBox), truth(2, 1, 0, kBox)},
              {{0, 0, 0.9, {120, 100, 40, 40}}, {0, 0, 0.8, {80, 100, 40, 40}}, {1, 0, 0.7, kBox}});
  EXPECT_EQ(tide.counts[static_cast<int>(TideType::kLoc)], 2);
  EXPECT_NEAR(tide.ap50 + tide.dap[static_cast<int>(TideType::kLoc)], 1.0, 1e-15);
}

TEST(Tide, WhatACrowdAbsorbsIsNoError) {
  const auto [tide, evaluation] =
      tide_of({truth(1, 0, 0, {0, 0, 300, 300}, true), truth(2, 1, 0, kBox)},
              {{0, 0, 0.9, kBox}, {1, 0, 0.8, kBox}});
  EXPECT_TRUE(tide.errors.empty());
}

TEST(Tide, Ap50IsThatOfTheEvaluationAndThreadsDoNotMatter) {
  const RandomSet set = random_set(4, 3, 40, 10, 2);
  const auto [tide, evaluation] = tide_of(set.truths, set.found);
  EXPECT_NEAR(tide.ap50, evaluation.stats[1], 1e-12);
  const TideResult again = tide_of(set.truths, set.found, 4).tide;
  EXPECT_EQ(tide.dap, again.dap);
  EXPECT_EQ(tide.counts, again.counts);
}

TEST(Tide, WantsKeptMatches) {
  const auto data = tiny_set(1, 1, {});
  EXPECT_THROW(tide_errors(data, {}, evaluate_coco(data, {})), Error);
}

}  // namespace
}  // namespace saccade
