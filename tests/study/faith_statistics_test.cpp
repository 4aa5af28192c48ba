// Which maps have an edge, of records made by hand.
#include "saccade/study/faith_statistics.h"

#include <gtest/gtest.h>

#include <algorithm>
#include <cmath>
#include <limits>

#include "saccade/core/error.h"
#include "saccade/core/random.h"
#include "saccade/study/faith_report.h"
#include "saccade/study/image_draws.h"

namespace saccade {
namespace {

const FaithPlan kPlan{.maps = {"good", "noisy", "bad", kBoxMap, kRandomMap},
                      .point_orders = {kWeightOrder, kRandomMap},
                      .steps = {.within = 2, .beyond = 0},
                      .point_steps = 2,
                      .parts = {"heads", "encoder"},
                      .sanity_detections = 40};

constexpr int kTargets = 40;

std::vector<FaithTarget> targets() {
  std::vector<FaithTarget> all;
  for (int i = 0; i < kTargets; ++i) all.push_back({.image = i / 2, .query = i, .score = 0.9});
  return all;
}

// Deleting by map m leaves `left[m]` and noise of the detection.
std::vector<FaithRecord> records(const std::vector<double>& left) {
  std::vector<FaithRecord> all;
  Random random(5);
  for (int i = 0; i < kTargets; ++i) {
    FaithRecord record = empty_record(kPlan);
    record.box_share = 0.1, record.shares = removal_shares(0.1, kPlan.steps);
    for (std::size_t m = 0; m < left.size(); ++m) {
      const double noise = 0.2 * (random.uniform() - 0.5);
      for (int kind = 0; kind < kPixelRemovals; ++kind) {
        const bool inserts = kind == static_cast<int>(PixelRemoval::kInsertion);
        const double s = inserts ? 1 - left[m] + noise : left[m] + noise;
        auto& scores = record.pixels[m][static_cast<std::size_t>(kind)];
        for (auto& score : scores) score = {s, s};
      }
      record.places[m].energy_box = left[m];
    }
    for (auto& order : record.points)
      for (auto& kind : order)
        for (auto& score : kind) score = {0.5, 0.5};
    for (auto& method : record.cascade) method = {{0.4, 0.3}, {0.1, 0.2}};
    all.push_back(record);
  }
  return all;
}

const FaithStatistic& named(const std::vector<FaithStatistic>& all, const std::string& method,
                            const std::string& measure) {
  for (const FaithStatistic& one : all)
    if (one.method == method && one.measure == measure) return one;
  throw Error("no " + method + " " + measure);
}

const FaithStatisticsOptions kOptions{.bootstrap = {.resamples = 2000, .seed = 1}};

TEST(FaithStatistics, FindsWhatWasPlantedAndNothingElse) {
  const auto found =
      faith_statistics(targets(), records({0.3, 0.8, 0.95, 0.5, 0.8}), kPlan, kOptions);
  EXPECT_EQ(found.tests, 3 * 3 + 3);
  for (const char* const measure : {"deletion_noise", "deletion_blur", "insertion"}) {
    EXPECT_EQ(named(found.maps, "good", measure).edge, Edge::kBetter) << measure;
    EXPECT_EQ(named(found.maps, "noisy", measure).edge, Edge::kNone) << measure;
    EXPECT_EQ(named(found.maps, "bad", measure).edge, Edge::kWorse) << measure;
    EXPECT_FALSE(named(found.maps, kBoxMap, measure).q) << measure;
  }
  const FaithStatistic& good = named(found.maps, "good", "deletion_noise");
  EXPECT_EQ(good.n, kTargets);
  EXPECT_NEAR(good.mean.value, 0.3, 0.02);
  EXPECT_NEAR(good.to_random->interval.value, -0.5, 0.03);
  EXPECT_LT(good.to_random->interval.high, -0.4);
  EXPECT_NEAR(good.to_control->interval.value, -0.2, 0.03);
  EXPECT_FALSE(named(found.maps, kRandomMap, "insertion").to_random);
  // Where a map lies is told, and decides nothing.
  EXPECT_FALSE(named(found.maps, "good", "energy_box").q);
  EXPECT_EQ(named(found.maps, "good", "energy_mask").n, 0);
  EXPECT_EQ(named(found.points, kWeightOrder, "point_deletion").edge, Edge::kNone);
}

// Sure, and too small to matter.
TEST(FaithStatistics, ASmallDifferenceIsNoEdge) {
  auto all = records({0.5, 0.5, 0.5, 0.5, 0.5});
  for (FaithRecord& record : all)
    for (auto& score : record.pixels[0][0]) score.iou_cos = record.pixels[4][0][0].iou_cos - 0.04;
  const auto found = faith_statistics(targets(), all, kPlan, kOptions);
  const FaithStatistic& one = named(found.maps, "good", "deletion_noise");
  EXPECT_NEAR(one.to_random->interval.high, -0.04, 1e-9);
  EXPECT_LT(*one.q, 0.05);
  EXPECT_EQ(one.edge, Edge::kNone);
}

TEST(FaithStatistics, ARecordIsTheSameAfterItWasARow) {
  const FaithRecord record = records({0.3, 0.8, 0.9, 0.5, 0.8})[7];
  const auto row = to_numbers(record);
  EXPECT_EQ(to_numbers(record_of(row, kPlan)).size(), row.size());
  EXPECT_EQ(map_values(record_of(row, kPlan), 1)[2], map_values(record, 1)[2]);
  EXPECT_EQ(record_of(row, kPlan).places[0].energy_box, 0.3);
  EXPECT_EQ(record_of(row, kPlan).cascade[2][1].structure, 0.2);
  auto longer = row;
  longer.push_back(1);
  EXPECT_THROW(record_of(longer, kPlan), Error);
}

// Images are drawn whole: of two images of detections that agree, there are three different means, not many.
TEST(ImageDraws, KeepTheDetectionsOfAnImageTogether) {
  const ImageDraws draws({0, 0, 0, 1, 1, 1}, {.resamples = 1000});
  const BootstrapInterval mean = draws.mean({0, 0, 0, 1, 1, 1});
  EXPECT_EQ(mean.value, 0.5);
  EXPECT_EQ(mean.low, 0);
  EXPECT_EQ(mean.high, 1);
}

TEST(ImageDraws, LeaveOutWhatIsNotKnown) {
  const double none = std::numeric_limits<double>::quiet_NaN();
  const ImageDraws draws({0, 1, 2, 3}, {.resamples = 200});
  EXPECT_EQ(draws.mean({1, none, 1, none}).low, 1);
  EXPECT_NEAR(draws.difference({1, 5, none, 2}, {none, 6, 9, 3}).difference.value, 1, 1e-12);
  EXPECT_TRUE(std::isnan(draws.mean({none, none, none, none}).value));
}

// One in 27 single resamples of three images leaves out the two on which something is known.
TEST(ImageDraws, AResampleWithoutAnythingKnownHasNoInterval) {
  const double none = std::numeric_limits<double>::quiet_NaN();
  int without = 0;
  for (std::uint64_t seed = 0; seed < 200; ++seed) {
    const ImageDraws draws({0, 1, 2}, {.resamples = 1, .seed = seed});
    const BootstrapDifference found = draws.difference({none, 2, 2}, {none, 3, 3});
    EXPECT_EQ(found.difference.value, 1);
    EXPECT_EQ(found.p, 1);
    without += std::isnan(found.difference.low);
  }
  EXPECT_GT(without, 0);
  EXPECT_LT(without, 40);
}

// An interval of no width would look like certainty.
TEST(ImageDraws, OneImageHasNoInterval) {
  const double none = std::numeric_limits<double>::quiet_NaN();
  const ImageDraws draws({0, 0, 1}, {.resamples = 500});
  const BootstrapDifference found = draws.difference({1, 3, none}, {2, 5, 7});
  EXPECT_EQ(found.difference.value, 1.5);
  EXPECT_TRUE(std::isnan(found.difference.low) && std::isnan(found.difference.high));
  EXPECT_EQ(found.p, 1);
  EXPECT_TRUE(std::isnan(draws.mean({1, 3, none}).low));
  EXPECT_FALSE(std::isnan(draws.mean({1, 3, 2}).low));
}

TEST(FaithReport, LeavesOutTheBoundsOfOneImage) {
  auto all = records({0.3, 0.8, 0.95, 0.5, 0.8});
  for (FaithRecord& record : all) record.places[0].energy_mask = NAN;
  all[4].places[0].energy_mask = 0.25;
  FaithReport report{.plan = kPlan, .targets = targets(), .records = all, .options = kOptions};
  report.results = faith_statistics(report.targets, all, kPlan, kOptions);
  const std::string text = faith_text(report);
  EXPECT_NE(text.find("0.250 "), std::string::npos) << text;
  EXPECT_EQ(text.find("nan"), std::string::npos) << text;
  EXPECT_NE(faith_csv(report).find("good,energy_mask,1,0.25,,,"), std::string::npos);
}

// Three images that agree do so by chance in a quarter of all cases, however often they are drawn.
TEST(ImageDraws, OfAFewImagesAreNeverSure) {
  const ImageDraws draws({0, 1, 2, 2}, {.resamples = 5000});
  EXPECT_EQ(draws.difference({0, 0, 0, 0}, {1, 1, 1, 1}).p, 0.25);
  const double none = std::numeric_limits<double>::quiet_NaN();
  EXPECT_EQ(draws.difference({0, none, 0, 0}, {1, 1, 1, 1}).p, 0.5);
}

TEST(DrawnTargets, AreTheSameWhateverTheirOrder) {
  std::vector<FaithTarget> all = targets();
  const auto drawn = drawn_targets(all, 10, 3);
  std::reverse(all.begin(), all.end());
  const auto again = drawn_targets(all, 10, 3);
  ASSERT_EQ(drawn.size(), 10u);
  for (std::size_t i = 0; i < drawn.size(); ++i) EXPECT_EQ(drawn[i].query, again[i].query);
  EXPECT_TRUE(std::is_sorted(drawn.begin(), drawn.end(),
                             [](const auto& a, const auto& b) { return a.image < b.image; }));
  EXPECT_EQ(drawn_targets(all, 100, 3).size(), all.size());
}

// The first of the targets are of one image; those that were drawn first are those of a smaller draw.
TEST(DrawnTargets, TheFirstDrawnAreThoseOfASmallerDraw) {
  const std::vector<FaithTarget> all = targets();
  const auto drawn = drawn_targets(all, 20, 3), few = drawn_targets(all, 4, 3);
  const std::vector<bool> first = first_drawn(drawn, 4, 3);
  std::vector<int> queries, wanted;
  for (std::size_t i = 0; i < drawn.size(); ++i)
    if (first[i]) queries.push_back(drawn[i].query);
  for (const FaithTarget& target : few) wanted.push_back(target.query);
  EXPECT_EQ(queries, wanted);
  EXPECT_NE(queries,
            (std::vector<int>{drawn[0].query, drawn[1].query, drawn[2].query, drawn[3].query}));
}

}  // namespace
}  // namespace saccade
