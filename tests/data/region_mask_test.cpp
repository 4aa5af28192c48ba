// Outlines become pixels.
#include "saccade/data/region_mask.h"

#include <gtest/gtest.h>

#include <algorithm>

#include "saccade/core/error.h"

namespace saccade {
namespace {

TEST(RegionMask, APolygonCoversThePixelsWhoseCentresItHolds) {
  Segmentation outline;
  outline.polygons = {{2, 1, 5, 1, 5, 3, 2, 3}};
  const RegionMask mask = region_mask(outline, 7, 4);
  EXPECT_EQ(std::ranges::count(mask.inside, 1), 6);
  EXPECT_TRUE(mask.at(2, 1) && mask.at(4.9, 2.9));
  EXPECT_FALSE(mask.at(5, 1) || mask.at(2, 0.9) || mask.at(1.9, 2));
}

TEST(RegionMask, RunLengthsGoDownTheColumnsAndBeginWithBackground) {
  Segmentation outline;
  outline.counts = {1, 2, 3};  // column 0: rows 1 and 2
  outline.width = 2, outline.height = 3;
  const RegionMask mask = region_mask(outline, 99, 99);
  EXPECT_EQ(mask.width, 2);
  EXPECT_EQ(mask.inside, (std::vector<std::uint8_t>{0, 0, 1, 0, 1, 0}));
}

// A byte a pixel: what a mask of a few run lengths asks for has a limit.
TEST(RegionMask, MasksBeyondTheLargestImageAreErrors) {
  Segmentation outline;
  outline.width = 32'768, outline.height = 32'768;
  outline.counts = {1u << 30};
  EXPECT_THROW(region_mask(outline, 7, 5), Error);
}

}  // namespace
}  // namespace saccade
