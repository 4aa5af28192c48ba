// Colours of the figures.
#include "saccade/render/colormap.h"

#include <gtest/gtest.h>

#include <algorithm>
#include <cmath>

namespace saccade {
namespace {

int distance(Color a, Color b) {
  return std::abs(a.r - b.r) + std::abs(a.g - b.g) + std::abs(a.b - b.b);
}

// The pictures this program replaces painted every weight from 0.01 on in one colour.
TEST(Colormap, SmallUniformAndLargeWeightsHaveThreeColours) {
  for (const WeightScale scale : {WeightScale::kLinear, WeightScale::kLog}) {
    const WeightRange range{scale, 1, false};
    const Color small = range.color(0.01), uniform = range.color(0.0625), large = range.color(0.5);
    EXPECT_GT(distance(small, uniform), 15);
    EXPECT_GT(distance(uniform, large), 80);
    EXPECT_GT(distance(small, large), 95);
  }
}

TEST(Colormap, MapsHaveTheirPublishedColoursAtTheEndsAndInTheMiddle) {
  EXPECT_EQ(colormap_color(Colormap::kViridis, 0), Color::hex(0x440154));
  EXPECT_EQ(colormap_color(Colormap::kViridis, 1), Color::hex(0xFDE725));
  EXPECT_LE(distance(colormap_color(Colormap::kViridis, 128 / 255.0), Color::hex(0x21918C)), 3);
  EXPECT_EQ(colormap_color(Colormap::kCividis, 0), Color::hex(0x00224E));
  EXPECT_EQ(colormap_color(Colormap::kCividis, 1), Color::hex(0xFEE838));
  EXPECT_LE(distance(colormap_color(Colormap::kCividis, 128 / 255.0), Color::hex(0x7D7C78)), 3);
}

TEST(Colormap, LuminanceRisesAlongSequentialMaps) {
  for (const Colormap map : {Colormap::kCividis, Colormap::kViridis})
    for (int i = 0; i < 100; ++i)
      EXPECT_GT(luminance(colormap_color(map, (i + 1) / 100.0)) + 1e-3,
                luminance(colormap_color(map, i / 100.0)));
}

TEST(Colormap, DifferencesAreSymmetricalAroundAlmostWhite) {
  const WeightRange range{WeightScale::kLinear, 0.2, true};
  EXPECT_EQ(range.color(0), Color::hex(0xF4F4F2));
  EXPECT_DOUBLE_EQ(range.place(0.1), 0.75);
  EXPECT_DOUBLE_EQ(range.place(-0.1), 0.25);
  EXPECT_EQ(range.color(-5), Color::hex(0x0B4F8A));
}

// log10(0.1) lies two thirds of the way from 0.001 to 1.
TEST(Colormap, LogScaleRunsFromAThousandthToOne) {
  const WeightRange range{WeightScale::kLog, 1, false};
  EXPECT_NEAR(range.place(0.1), 2.0 / 3, 1e-12);
  EXPECT_EQ(range.place(1e-3), 0);
  EXPECT_EQ(range.place(0), 0);
  EXPECT_EQ(range.place(1), 1);
}

TEST(Colormap, WhatIsNoNumberGetsTheLowestColour) {
  EXPECT_EQ(colormap_color(Colormap::kCividis, std::nan("")), Color::hex(0x00224E));
  EXPECT_EQ((WeightRange{WeightScale::kLinear, 0, false}).place(0.5), 0);
}

TEST(Colormap, TextContrastsWithEveryCategory) {
  for (int i = 0; i < 8; ++i) {
    for (const Color bar : {head_color(i), level_color(i), class_color(i)}) {
      const double a = luminance(bar), b = luminance(text_color_on(bar));
      EXPECT_GE((std::max(a, b) + 0.05) / (std::min(a, b) + 0.05), 4.5);
    }
  }
}

}  // namespace
}  // namespace saccade
