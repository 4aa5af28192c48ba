// Means and medians of what a run logs, and the names under which losses are logged.
#include "saccade/train/loss_meters.h"

#include <ATen/ATen.h>
#include <gtest/gtest.h>

#include "saccade/train/loss_report.h"

namespace saccade {
namespace {

std::vector<std::string> names_of(const LossMeters& meters) {
  std::vector<std::string> names;
  for (const auto& meter : meters.all()) names.push_back(meter.name);
  return names;
}

TEST(LossMeters, TheMeanIsOverTheWholeEpoch) {
  LossMeters meters;
  for (int i = 1; i <= 100; ++i) meters.add("loss", i);
  EXPECT_DOUBLE_EQ(meters.find("loss")->mean(), 50.5);
  EXPECT_EQ(meters.find("loss")->count, 100);
  EXPECT_EQ(meters.find("los"), nullptr);
}

// Of 81 to 100 the tenth and eleventh are 90 and 91: the lower one is shown.
TEST(LossMeters, TheRecentValueIsTheLowerMedianOfTheLastTwenty) {
  LossMeters meters;
  EXPECT_DOUBLE_EQ(meters.recent("loss"), 0);
  for (int i = 100; i >= 1; --i) meters.add("falling", i);
  EXPECT_DOUBLE_EQ(meters.recent("falling"), 10);
  for (const double value : {7.0, 1.0, 5.0}) meters.add("odd", value);
  EXPECT_DOUBLE_EQ(meters.recent("odd"), 5);
  meters.add("odd", 100);  // 1 5 7 100
  EXPECT_DOUBLE_EQ(meters.recent("odd"), 5);
}

TEST(LossMeters, ARestoredEpochGoesOnWhereItStood) {
  LossMeters meters;
  meters.restore("loss", 30, 3);
  meters.add("loss", 2);
  EXPECT_DOUBLE_EQ(meters.find("loss")->mean(), 8);
  EXPECT_DOUBLE_EQ(meters.recent("loss"), 2);  // the last steps before it are not known
  meters.restore("loss", 1, 1);
  EXPECT_DOUBLE_EQ(meters.find("loss")->mean(), 1);
  meters.clear();
  EXPECT_TRUE(meters.all().empty());
}

LossValue value_of(const std::string& name, double value, double weight) {
  return {name, at::full({}, value, at::kFloat), weight};
}

// The keys of the original's log: the class error, the total, weighted losses, then all of them bare.
TEST(LossReport, IsLoggedUnderTheOfficialNamesInTheirOrder) {
  Losses losses;
  losses.values = {value_of("loss_ce", 0.5, 2), value_of("class_error", 75, 0),
                   value_of("loss_bbox", 0.25, 5)};
  losses.total = at::full({}, 2.25, at::kFloat);
  LossReport report;
  report.add(losses);
  LossMeters meters;
  add_to_meters(meters, report);
  EXPECT_EQ(names_of(meters), (std::vector<std::string>{
                                  "class_error", "loss", "loss_ce", "loss_bbox", "loss_ce_unscaled",
                                  "class_error_unscaled", "loss_bbox_unscaled"}));
  EXPECT_DOUBLE_EQ(meters.find("loss")->mean(), 2.25);
  EXPECT_DOUBLE_EQ(meters.find("loss_ce")->mean(), 1);
  EXPECT_DOUBLE_EQ(meters.find("loss_ce_unscaled")->mean(), 0.5);
  EXPECT_DOUBLE_EQ(meters.find("loss_bbox")->mean(), 1.25);
  EXPECT_DOUBLE_EQ(meters.find("class_error")->mean(), 75);
}

TEST(LossReport, SharesOfSeveralPartsAddUpToTheirMean) {
  LossReport report;
  for (const double value : {1.0, 4.0}) {
    Losses losses;
    losses.values = {value_of("loss_ce", value, 2)};
    losses.total = at::full({}, 2 * value, at::kFloat);
    report.add(losses, 0.5);
  }
  EXPECT_DOUBLE_EQ(report.total, 5);
  ASSERT_EQ(report.losses.size(), 1u);
  EXPECT_DOUBLE_EQ(report.losses[0].value, 2.5);
  EXPECT_DOUBLE_EQ(report.losses[0].weight, 2);
}

}  // namespace
}  // namespace saccade
