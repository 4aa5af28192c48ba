// Ticks at round numbers, labels that do not meet.
#include "saccade/render/axes.h"

#include <gtest/gtest.h>

#include <algorithm>
#include <cmath>

#include "saccade/render/page_layout.h"
#include "saccade/render/text_layout.h"
#include "tests/render/synthetic_attention.h"

namespace saccade {
namespace {

TEST(Axes, StepsAreOneTwoOrFiveTimesAPowerOfTen) {
  EXPECT_DOUBLE_EQ(nice_step(13, 4), 5);
  EXPECT_DOUBLE_EQ(nice_step(1, 5), 0.2);
  EXPECT_DOUBLE_EQ(nice_step(640, 4), 200);
  EXPECT_DOUBLE_EQ(nice_step(0.07, 3), 0.05);
  EXPECT_DOUBLE_EQ(nice_step(0, 3), 1);
  EXPECT_DOUBLE_EQ(nice_step(std::nan(""), 3), 1);
}

TEST(Axes, ALinearAxisHoldsItsRangeAndEndsOnTicks) {
  synthetic::Numbers numbers(4);
  for (int i = 0; i < 200; ++i) {
    const double low = numbers.between(-1000, 1000);
    const double high = low + std::exp(numbers.between(-5, 10));
    const Axis axis = linear_axis(low, high, 4);
    EXPECT_LE(axis.min, low + 1e-6);
    EXPECT_GE(axis.max, high - 1e-6);
    ASSERT_GE(axis.ticks.size(), 2u);
    EXPECT_LE(axis.ticks.size(), 7u);
    EXPECT_DOUBLE_EQ(axis.ticks.front().value, axis.min);
    EXPECT_DOUBLE_EQ(axis.ticks.back().value, axis.max);
  }
  EXPECT_EQ(linear_axis(0, 1, 4, true).ticks.size(), 2u);  // counts have no halves
  EXPECT_GT(linear_axis(3, 3).max, 3);
}

TEST(Axes, TheMiddleOfALogarithmicAxisIsTheGeometricMean) {
  const Axis axis = log_axis(1, 256, 4);
  EXPECT_NEAR(axis.place(16), 0.5, 1e-12);
  ASSERT_EQ(axis.ticks.size(), 5u);
  EXPECT_EQ(axis.ticks[4].label, "256");
}

TEST(Axes, TicksSayNoMoreThanTheyMust) {
  EXPECT_EQ(tick_text(0), "0");
  EXPECT_EQ(tick_text(0.25), "0.25");
  EXPECT_EQ(tick_text(0.30000000000000004), "0.3");
  EXPECT_EQ(tick_text(2000), "2000");
  EXPECT_EQ(tick_text(25000), "25k");
  EXPECT_EQ(tick_text(1.5e6), "1.5M");
  EXPECT_EQ(tick_text(-5), "\u22125");
}

TEST(Axes, LabelsBelowAPlotNeverMeet) {
  for (const double length : {5.0, 40.0, 120.0}) {
    const Axis axis = linear_axis(0, 123456, 40);
    const auto ticks = fitting_ticks(axis, length);
    ASSERT_FALSE(ticks.empty());
    double end = -1e9;
    for (const AxisTick& tick : ticks) {
      const double half = text_width(tick.label, kTickSize) / 2;
      const double centre = std::min(axis.place(tick.value) * length, length + 2 - half);
      EXPECT_GE(centre - half, end);
      end = centre + half;
    }
  }
}

TEST(Axes, SpreadLabelsKeepTheirOrderTheirGapAndTheirRange) {
  EXPECT_EQ(spread_labels({50, 52, 90}, 10, 0, 100), (std::vector<double>{50, 60, 90}));
  EXPECT_EQ(spread_labels({100, 99}, 10, 0, 100), (std::vector<double>{100, 90}));
  synthetic::Numbers numbers(8);
  for (int run = 0; run < 50; ++run) {
    std::vector<double> wanted;
    for (int i = 0; i < 8; ++i) wanted.push_back(numbers.between(-20, 150));
    std::vector<double> places = spread_labels(wanted, 12, 0, 120);
    for (std::size_t i = 0; i < 8; ++i)
      for (std::size_t j = 0; j < 8; ++j)
        if (wanted[i] < wanted[j]) {
          EXPECT_LE(places[i], places[j]);
        }
    std::sort(places.begin(), places.end());
    EXPECT_GE(places.front(), -1e-9);
    EXPECT_LE(places.back(), 120 + 1e-9);
    for (std::size_t i = 1; i < 8; ++i) EXPECT_GE(places[i] - places[i - 1], 12 - 1e-9);
  }
  const auto crowded = spread_labels(std::vector<double>(30, 5.0), 12, 0, 58);
  EXPECT_NEAR(crowded[1] - crowded[0], 2, 1e-9);
}

}  // namespace
}  // namespace saccade
