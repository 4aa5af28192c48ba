// The paired bootstrap: weights against images copied for real, equal results, threads.
#include "saccade/eval/bootstrap.h"

#include <gtest/gtest.h>

#include <numeric>

#include "saccade/core/error.h"
#include "saccade/eval/weighted_ap.h"
#include "tests/eval/tiny_sets.h"

namespace saccade {
namespace {

constexpr int kImages = 30, kCategories = 3;

CocoEvalOptions keeping() {
  CocoEvalOptions options;
  options.keep_matches = true;
  return options;
}

// Image i of the copy is image picks[i] of the original.
RandomSet copied(const RandomSet& set, const std::vector<int>& picks) {
  RandomSet copy;
  for (std::size_t i = 0; i < picks.size(); ++i) {
    for (CocoAnnotation t : set.truths) {
      if (t.image != picks[i]) continue;
      t.image = static_cast<std::int32_t>(i);
      t.id.number = static_cast<std::int64_t>(copy.truths.size()) + 1;
      copy.truths.push_back(t);
    }
    for (CocoDetection d : set.found) {
      if (d.image != picks[i]) continue;
      d.image = static_cast<std::int32_t>(i);
      copy.found.push_back(d);
    }
  }
  return copy;
}

TEST(WeightedAp, EqualsAnEvaluationOfCopiedImages) {
  const RandomSet set = random_set(kImages, kCategories, 20, 1'000'000'000, 4);
  const auto data = tiny_set(kImages, kCategories, set.truths);
  const auto results = detections(set.found);
  const auto evaluation = evaluate_coco(data, results, keeping());
  Random random(8);
  for (int round = 0; round < 20; ++round) {
    std::vector<std::int32_t> weights(kImages, 0);
    std::vector<int> picks;
    for (int i = 0; i < kImages; ++i) ++weights[random.below(kImages)];
    for (int i = 0; i < kImages; ++i) picks.insert(picks.end(), weights[i], i);
    const RandomSet copy = copied(set, picks);
    const auto whole = evaluate_coco(tiny_set(kImages, kCategories, copy.truths),
                                     detections(copy.found), keeping());
    WeightedClass::Work work;
    for (int k = 0; k < kCategories; ++k) {
      const std::int64_t positives = whole.matches[k].positives[kAllAreas];
      if (positives == 0) continue;
      const PrecisionSums sums =
          WeightedClass(results, evaluation.matches[k]).precision_sums(weights, positives, work);
      const double ap = std::accumulate(sums.begin(), sums.end(), 0.0) / 1010;
      EXPECT_NEAR(ap, whole.classes[k].ap, 1e-12);
      EXPECT_NEAR(sums[kIou50] / 101, whole.classes[k].ap50, 1e-12);
    }
  }
}

BootstrapComparison compared(const RandomSet& set, const std::vector<CocoDetection>& other,
                             const BootstrapOptions& options) {
  const auto data = tiny_set(kImages, kCategories, set.truths);
  const auto first = detections(set.found), second = detections(other);
  return compare_by_bootstrap(data, first, evaluate_coco(data, first, keeping()), second,
                              evaluate_coco(data, second, keeping()), options);
}

TEST(Bootstrap, EqualResultsDifferByNothing) {
  const RandomSet set = random_set(kImages, kCategories, 20, 50, 4);
  const auto c = compared(set, set.found, {.resamples = 200});
  EXPECT_EQ(c.ap.difference.value, 0);
  EXPECT_EQ(c.ap.difference.low, 0);
  EXPECT_EQ(c.ap.difference.high, 0);
  EXPECT_EQ(c.ap.p, 1);
  EXPECT_LT(c.ap.first.low, c.ap.first.value);
  EXPECT_GT(c.ap.first.high, c.ap.first.value);
}

// The truths themselves as detections are better on every image that has any.
TEST(Bootstrap, ClearlyBetterResultsAreFoundSo) {
  const RandomSet set = random_set(kImages, kCategories, 20, 50, 4);
  std::vector<CocoDetection> perfect;
  for (const CocoAnnotation& t : set.truths) perfect.push_back({t.image, t.category, 0.9, t.box});
  const auto c = compared(set, perfect, {.resamples = 499});
  EXPECT_GT(c.ap.difference.low, 0);
  EXPECT_NEAR(c.ap.p, 2.0 / 500, 1e-15);
  EXPECT_NEAR(c.ap.second.value, 1, 1e-15);
}

TEST(Bootstrap, SeedDecidesAndThreadsDoNot) {
  const RandomSet set = random_set(kImages, kCategories, 20, 50, 4);
  const std::vector<CocoDetection> other = random_set(kImages, kCategories, 20, 50, 5).found;
  const auto one = compared(set, other, {.resamples = 100, .seed = 1, .threads = 1});
  const auto four = compared(set, other, {.resamples = 100, .seed = 1, .threads = 4});
  const auto elsewhere = compared(set, other, {.resamples = 100, .seed = 2, .threads = 1});
  EXPECT_EQ(one.ap.difference.low, four.ap.difference.low);
  EXPECT_EQ(one.ap50.first.high, four.ap50.first.high);
  EXPECT_NE(one.ap.difference.low, elsewhere.ap.difference.low);
}

TEST(Bootstrap, OptionsAndEvaluationsAreChecked) {
  const RandomSet set = random_set(kImages, kCategories, 5, 50, 4);
  EXPECT_THROW(compared(set, set.found, {.resamples = 0}), Error);
  EXPECT_THROW(compared(set, set.found, {.confidence = 1}), Error);
  const auto data = tiny_set(kImages, kCategories, set.truths);
  const auto results = detections(set.found);
  const auto whole = evaluate_coco(data, results, keeping());
  EXPECT_THROW(compare_by_bootstrap(data, results, evaluate_coco(data, results), results, whole),
               Error);
  CocoEvalOptions some = keeping();
  some.images = {0, 1};
  EXPECT_THROW(
      compare_by_bootstrap(data, results, whole, results, evaluate_coco(data, results, some)),
      Error);
}

}  // namespace
}  // namespace saccade
