// The paired bootstrap: weights against images copied for real, equal results, threads.
#include "saccade/eval/bootstrap.h"

#include <gtest/gtest.h>

#include "saccade/core/error.h"
#include "saccade/eval/false_discovery.h"
#include "saccade/eval/objective_samples.h"
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

std::vector<Objective> all_objectives(const CocoDataSet& data) {
  std::vector<Objective> all;
  for (const char* text :
       {"AP", "AP50", "AP75", "APs", "APm", "APl", "class:a", "class50:c", "tide:Cls", "tide:Loc",
        "tide:Both", "tide:Dupe", "tide:Bkg", "tide:Miss"})
    all.push_back(parse_objective(text, data));
  return all;
}

void expect_values(const std::vector<double>& values, const CocoDataSet& data,
                   const CocoResults& results, const std::vector<Objective>& objectives) {
  const auto evaluation = evaluate_coco(data, results, keeping());
  for (std::size_t o = 0; o < objectives.size(); ++o) {
    EXPECT_NEAR(values[o], objective_value(data, results, evaluation, objectives[o]), 1e-12)
        << objective_name(objectives[o], data);
  }
}

// Boxes of all three sizes, so that no objective is empty.
TEST(ObjectiveSampler, EqualsAnEvaluationOfCopiedImages) {
  const RandomSet set = random_set(kImages, kCategories, 20, 1'000'000'000, 4);
  const auto data = tiny_set(kImages, kCategories, set.truths);
  const auto results = detections(set.found);
  const auto objectives = all_objectives(data);
  const ObjectiveSampler sampler(data, results, evaluate_coco(data, results, keeping()), objectives,
                                 1);
  expect_values(sampler.values(std::vector<std::int32_t>(kImages, 1)), data, results, objectives);
  Random random(8);
  for (int round = 0; round < 20; ++round) {
    std::vector<std::int32_t> weights(kImages, 0);
    std::vector<int> picks;
    for (int i = 0; i < kImages; ++i) ++weights[random.below(kImages)];
    for (int i = 0; i < kImages; ++i) picks.insert(picks.end(), weights[i], i);
    const RandomSet copy = copied(set, picks);
    expect_values(sampler.values(weights), tiny_set(kImages, kCategories, copy.truths),
                  detections(copy.found), objectives);
  }
}

TEST(ObjectiveSampler, WithoutTruthsThereIsNothingToAverage) {
  const auto data = tiny_set(2, 1, {truth(1, 0, 0, {10, 10, 20, 20})});
  const auto results = detections({{0, 0, 0.9, {10, 10, 20, 20}}});
  const std::vector<Objective> objectives = {parse_objective("APs", data),
                                             parse_objective("APl", data),
                                             parse_objective("tide:Bkg", data)};
  const ObjectiveSampler sampler(data, results, evaluate_coco(data, results, keeping()), objectives,
                                 1);
  const std::vector<double> both = sampler.values(std::vector<std::int32_t>{1, 1});
  EXPECT_NEAR(both[0], 1, 1e-12);
  EXPECT_EQ(both[1], -1);
  EXPECT_EQ(both[2], 0);
  EXPECT_EQ(sampler.values(std::vector<std::int32_t>{0, 2}), (std::vector<double>{-1, -1, -1}));
}

TEST(Objective, TextsReadBackAndFaultsSayWhatThereIs) {
  const auto data = tiny_set(1, 3, {});
  for (const Objective& objective : all_objectives(data))
    EXPECT_EQ(parse_objective(objective_name(objective, data), data), objective);
  EXPECT_TRUE(lower_is_better(parse_objective("tide:Loc", data)));
  EXPECT_FALSE(lower_is_better(parse_objective("class:a", data)));
  for (const auto& [text, there] : {std::pair{"mAP", "AP, AP50"}, std::pair{"AR1", "AP, AP50"},
                                    std::pair{"class:z", "class:a, class:b"},
                                    std::pair{"tide:loc", "tide:Loc"}, std::pair{"", "AP, AP50"}}) {
    try {
      parse_objective(text, data);
      ADD_FAILURE() << text;
    } catch (const UsageError& error) {
      EXPECT_NE(std::string(error.what()).find(there), std::string::npos) << error.what();
    }
  }
}

// By hand: 5 tests; p (i) * 5 / i = 0.005, 0.05, 0.05, 0.0375, 0.9, and each is the least of those at its rank or above.
TEST(BenjaminiHochberg, AdjustsAsByHand) {
  const std::vector<double> p = {0.03, 0.001, 0.9, 0.02, 0.03};
  const std::vector<double> expected = {0.0375, 0.005, 0.9, 0.0375, 0.0375};
  const std::vector<double> adjusted = benjamini_hochberg(p);
  for (std::size_t i = 0; i < p.size(); ++i) EXPECT_NEAR(adjusted[i], expected[i], 1e-15) << i;
  EXPECT_TRUE(benjamini_hochberg({}).empty());
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
