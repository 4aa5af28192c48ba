// Errors, their images and their attention against true positives, on sets worked out by hand.
#include "saccade/study/error_mining.h"

#include <gtest/gtest.h>

#include <cmath>

#include "saccade/core/error.h"
#include "saccade/study/error_report.h"
#include "tests/eval/tiny_sets.h"

namespace saccade {
namespace {

constexpr BoxXywh kBox{100, 100, 40, 40};
constexpr BoxXywh kShifted{120, 100, 40, 40};  // IoU 1/3
constexpr BoxXywh kFar{300, 300, 40, 40};
constexpr int kImages = 12;
constexpr int kLoc = 1 + static_cast<int>(TideType::kLoc);
constexpr int kBkg = 1 + static_cast<int>(TideType::kBkg);

// Query q of every image has radius q and nothing else.
QueryNumbers radii(int queries) {
  QueryNumbers numbers;
  for (int q = 0; q < queries; ++q)
    numbers.push_back({{static_cast<double>(q), 0.5, 0.5, 0.0, 1.0}});
  return numbers;
}

class ErrorMiningTest : public testing::Test {
 protected:
  // Query of each result: its place in `queries`.
  ErrorStudy mine(std::vector<CocoAnnotation> truths, std::vector<CocoDetection> found,
                  std::vector<int> queries, double threshold = 0.3) {
    data_.emplace(tiny_set(kImages, 3, std::move(truths)));
    results_ = detections(std::move(found));
    queries_ = std::move(queries);
    evaluation_ = evaluate_coco(*data_, results_, {.keep_matches = true});
    for (int image = 0; image < kImages; ++image) attention_[image] = radii(10);
    return mine_errors({*data_, results_, queries_, evaluation_, attention_},
                       {.threshold = threshold, .bootstrap = {.resamples = 50}});
  }

  std::optional<CocoDataSet> data_;
  CocoResults results_;
  std::vector<int> queries_;
  CocoEvaluation evaluation_;
  std::map<int, QueryNumbers> attention_;
};

// Hits with radii 1 and 3; a badly placed result with radius 2, one below the threshold with 9.
TEST_F(ErrorMiningTest, ResultsAreSortedByWhatTheyAre) {
  const ErrorStudy study =
      mine({truth(1, 0, 0, kBox), truth(2, 1, 0, kBox), truth(3, 2, 0, kBox)},
           {{0, 0, 0.9, kBox}, {1, 0, 0.8, kBox}, {2, 0, 0.7, kShifted}, {3, 0, 0.2, kFar}},
           {1, 3, 2, 9});
  EXPECT_EQ(study.levels, 1);
  EXPECT_EQ(study.outcomes[kTruePositive].shown, 2);
  EXPECT_EQ(study.outcomes[kTruePositive].numbers[kRadius].mean, 2);
  EXPECT_EQ(study.outcomes[kLoc].shown, 1);
  EXPECT_EQ(study.outcomes[kLoc].numbers[kRadius].median, 2);
  EXPECT_EQ(study.outcomes[kBkg].all, 1);
  EXPECT_EQ(study.outcomes[kBkg].shown, 0);
  EXPECT_TRUE(std::isnan(study.outcomes[kBkg].effects[kRadius].delta.value));
  EXPECT_GT(study.outcomes[kLoc].dap, 0);
  ASSERT_EQ(study.rows.size(), 3u);
  EXPECT_EQ(study.rows[2].outcome, kLoc);
  EXPECT_EQ(study.rows[2].query, 2);
  EXPECT_NEAR(study.rows[2].iou, 1.0 / 3, 1e-12);
}

// Radius of an error above one hit and below the other: delta 0; above both: 1; equal to one, above the other: 1/2.
TEST_F(ErrorMiningTest, CliffsDeltaCountsPairs) {
  for (const auto& [radius, delta] :
       {std::pair(2, 0.0), std::pair(4, 1.0), std::pair(3, 0.5), std::pair(0, -1.0)}) {
    const ErrorStudy study =
        mine({truth(1, 0, 0, kBox), truth(2, 1, 0, kBox), truth(3, 2, 0, kBox)},
             {{0, 0, 0.9, kBox}, {1, 0, 0.8, kBox}, {2, 0, 0.7, kShifted}}, {1, 3, radius});
    const NumberEffect& effect = study.outcomes[kLoc].effects[kRadius];
    EXPECT_DOUBLE_EQ(effect.delta.value, delta) << radius;
    EXPECT_FALSE(effect.is_tested());  // of three images resamples tell nothing
    EXPECT_EQ(effect.q, 1);
    EXPECT_DOUBLE_EQ(study.outcomes[kLoc].effects[kEntropy].delta.value, 0);
    EXPECT_EQ(study.outcomes[kLoc].effects[kEntropy].q, 1);
  }
}

// Twelve images with a hit of radius 1 or 2 and a badly placed result of radius 5: as sure as 50 resamples can be.
TEST_F(ErrorMiningTest, WhatIsOnManyImagesIsTested) {
  std::vector<CocoAnnotation> truths;
  std::vector<CocoDetection> found;
  std::vector<int> queries;
  for (int image = 0; image < 12; ++image) {
    const BoxXywh second{400, 100, 40, 40}, beside{420, 100, 40, 40};
    truths.push_back(truth(2 * image + 1, image, 0, kBox));
    truths.push_back(truth(2 * image + 2, image, 0, second));
    found.push_back({image, 0, 0.9, kBox});
    found.push_back({image, 0, 0.8, beside});
    queries.insert(queries.end(), {1 + image % 2, 5});
  }
  const ErrorStudy study = mine(truths, found, queries);
  const NumberEffect& effect = study.outcomes[kLoc].effects[kRadius];
  EXPECT_EQ(effect.delta.value, 1);
  EXPECT_EQ(effect.delta.low, 1);
  EXPECT_NEAR(effect.p, 2.0 / 51, 1e-12);
  EXPECT_FALSE(study.outcomes[kLoc].effects[kEntropy].delta.low > 0);
}

// Image 2 has two errors, image 3 one of a higher score: the sum decides, within it the most confident comes first.
TEST_F(ErrorMiningTest, TheWorstImageComesFirst) {
  const ErrorStudy study = mine(
      {truth(1, 0, 0, kBox)},
      {{0, 0, 0.9, kBox}, {2, 0, 0.6, kFar}, {2, 0, 0.5, {200, 300, 40, 40}}, {3, 0, 0.8, kFar}},
      {1, 2, 3, 4});
  const auto& images = study.outcomes[kBkg].images;
  ASSERT_EQ(images.size(), 2u);
  EXPECT_EQ(images[0].image, 2);
  EXPECT_NEAR(images[0].weight, 1.1, 1e-12);
  EXPECT_EQ(study.rows[static_cast<std::size_t>(images[0].rows[0])].query, 2);
}

// The truth of image 1 is missed: a result of another class overlaps a little, below the threshold. Nothing is near that of
// image 2.
TEST_F(ErrorMiningTest, AMissedTruthHasTheNearestResult) {
  const ErrorStudy study =
      mine({truth(1, 0, 0, kBox), truth(2, 1, 0, kBox), truth(3, 2, 0, kBox)},
           {{0, 0, 0.9, kBox}, {1, 1, 0.1, kShifted}, {2, 1, 0.1, kFar}}, {1, 7, 8});
  const Outcome& missed = study.outcomes[kMissed];
  EXPECT_EQ(missed.shown, 2);
  EXPECT_EQ(missed.numbers[kRadius].count, 1);
  EXPECT_EQ(missed.numbers[kRadius].mean, 7);
  const ErrorReport report{.data = &*data_, .results = &results_, .study = study, .images = 4};
  const std::string csv = errors_csv(report);
  EXPECT_NE(csv.find("Miss,"), std::string::npos);
  EXPECT_EQ(std::count(csv.begin(), csv.end(), '\n'), 4);  // header, a hit, two missed
  EXPECT_NE(errors_json(report).find("\"cliffs_delta\""), std::string::npos);
}

TEST_F(ErrorMiningTest, AnImageWithoutNumbersIsRefused) {
  data_.emplace(tiny_set(4, 3, {truth(1, 0, 0, kBox)}));
  results_ = detections({{0, 0, 0.9, kBox}});
  queries_ = {0};
  evaluation_ = evaluate_coco(*data_, results_, {.keep_matches = true});
  EXPECT_THROW(mine_errors({*data_, results_, queries_, evaluation_, attention_}, {}), Error);
}

}  // namespace
}  // namespace saccade
