// Photographs and maps under marks.
#include "saccade/render/photo.h"

#include <gtest/gtest.h>

#include <algorithm>

#include "saccade/core/error.h"
#include "saccade/render/heat_map.h"

namespace saccade {
namespace {

Image ramp(int width, int height) {
  Image image(width, height);
  for (std::size_t i = 0; i < image.rgb.size(); ++i)
    image.rgb[i] = static_cast<std::uint8_t>(i * 7);
  return image;
}

TEST(Photo, ACropOfItsOwnSizeIsThePhoto) {
  const Image photo = ramp(13, 9);
  EXPECT_EQ(crop_photo(photo, {0, 0, 13, 9}, 13, 9).rgb, photo.rgb);
}

TEST(Photo, AFlatPhotoStaysFlatWhenEnlargedAndWhenShrunk) {
  Image photo(20, 10);
  std::fill(photo.rgb.begin(), photo.rgb.end(), 77);
  for (const int width : {3, 20, 171}) {
    const Image crop = crop_photo(photo, {-2.5, 1.25, 17, 9}, width, width);
    EXPECT_TRUE(std::all_of(crop.rgb.begin(), crop.rgb.end(), [](auto v) { return v == 77; }));
  }
}

TEST(Photo, WhatHasNoPixelsIsRefused) {
  EXPECT_THROW(crop_photo(Image{}, {0, 0, 1, 1}, 1, 1), Error);
  EXPECT_THROW(crop_photo(ramp(4, 4), {2, 2, 2, 3}, 5, 5), Error);
  EXPECT_THROW(crop_photo(ramp(4, 4), {0, 0, 4, 4}, 0, 5), Error);
}

// Pure red has luma 76.245; without saturation, halved and lifted by 22 it is 60.1.
TEST(Photo, HeatTreatmentIsGreyAndDark) {
  Image photo(1, 1);
  photo.rgb = {255, 0, 0};
  treat_photo(photo, kPhotoUnderHeat);
  EXPECT_EQ(photo.rgb, (std::vector<std::uint8_t>{60, 60, 60}));
}

TEST(Photo, OnlyDarkPhotosAreBrightened) {
  Image photo(2, 2);
  std::fill(photo.rgb.begin(), photo.rgb.end(), 20);
  EXPECT_DOUBLE_EQ(brightening_gain(photo), 3);
  std::fill(photo.rgb.begin(), photo.rgb.end(), 60);
  EXPECT_DOUBLE_EQ(brightening_gain(photo), 1);
}

// Two cells of 4 x 4 pixels; the left one holds 0.8, so its density is 0.8 / 16 up to its centre, and
// half of that on the border between the two.
TEST(HeatMap, DensityIsWeightPerPixelAtCellCentresAndLinearBetween) {
  const HeatLevel level{0, 4, {1, 2}, {0.8, 0.0}};
  const auto values = heat_density({level}, 8, 4, {0, 0, 8, 4}, 8, 4);
  EXPECT_FLOAT_EQ(values[0], 0.05F);
  EXPECT_FLOAT_EQ(values[1], 0.05F);
  EXPECT_NEAR(values[3] + values[4], 0.05, 1e-6);
  EXPECT_FLOAT_EQ(values[7], 0);
}

TEST(HeatMap, DensitySumsToTheWeightOfTheMap) {
  HeatLevel fine{0, 8, {8, 8}, std::vector<double>(64, 0.0)},
      coarse{1, 16, {4, 4}, std::vector<double>(16, 0.0)};
  fine.cells[27] = 0.3;
  coarse.cells[5] = 0.6;
  const auto values = heat_density({fine, coarse}, 64, 64, {0, 0, 64, 64}, 64, 64);
  double sum = 0;
  for (const float v : values) sum += v;
  EXPECT_NEAR(sum, 0.9, 1e-5);
}

TEST(HeatMap, CellsAreUnsmoothedAndPaddingLiesOutside) {
  HeatLevel level{0, 8, {1, 4}, {1, 2, 3, 4}};
  EXPECT_EQ(heat_cells(level, 4, 1, {0, 0, 4, 1}, 4, 1), (std::vector<float>{1, 2, 3, 4}));
  level.valid_x = 0.5;
  EXPECT_EQ(heat_cells(level, 4, 1, {0, 0, 4, 1}, 4, 1), (std::vector<float>{1, 1, 2, 2}));
}

TEST(HeatMap, LevelsThatDoNotFitAreRefused) {
  EXPECT_THROW(check_heat_levels({}), Error);
  EXPECT_THROW(check_heat_levels({{0, 8, {2, 2}, {1, 2, 3}}}), Error);
}

}  // namespace
}  // namespace saccade
