// Outlines become pixels.
#include "saccade/data/region_mask.h"

#include <gtest/gtest.h>

#include "saccade/core/error.h"

namespace saccade {
namespace {

TEST(RegionMask, APolygonCoversThePixelsWhoseCentresItHolds) {
  Segmentation outline;
  outline.polygons = {{2, 1, 5, 1, 5, 3, 2, 3}};
  const RegionMask mask = region_mask(outline, 7, 4);
  EXPECT_EQ(mask.pixels(), 6);
  EXPECT_TRUE(mask.at(2, 1) && mask.at(4.9, 2.9));
  EXPECT_FALSE(mask.at(5, 1) || mask.at(2, 0.9) || mask.at(1.9, 2));
}

TEST(RegionMask, PartsOfAnObjectAreUnited) {
  Segmentation outline;
  outline.polygons = {{0, 0, 4, 0, 4, 2, 0, 2}, {2, 0, 6, 0, 6, 2, 2, 2}};
  EXPECT_EQ(region_mask(outline, 8, 3).pixels(), 12);
}

TEST(RegionMask, APolygonBeyondTheImageIsCutOff) {
  Segmentation outline;
  outline.polygons = {{-1e9, -5, 1e9, -5, 1e9, 100, -1e9, 100}, {1, 2}, {}};
  EXPECT_EQ(region_mask(outline, 5, 4).pixels(), 20);
}

TEST(RegionMask, RunLengthsGoDownTheColumnsAndBeginWithBackground) {
  Segmentation outline;
  outline.counts = {1, 2, 3};  // column 0: rows 1 and 2
  outline.width = 2, outline.height = 3;
  const RegionMask mask = region_mask(outline, 99, 99);
  EXPECT_EQ(mask.width, 2);
  EXPECT_EQ(mask.inside, (std::vector<std::uint8_t>{0, 0, 1, 0, 1, 0}));
}

// Rows 1-3 of columns 2-4 and the first pixel of column 6, as pycocotools writes it.
TEST(RegionMask, CompressedRunLengthsAreReadAsPycocotoolsWritesThem) {
  Segmentation outline;
  outline.compressed_counts = ";320004NN";
  outline.width = 7, outline.height = 5;
  const RegionMask mask = region_mask(outline, 7, 5);
  EXPECT_EQ(mask.pixels(), 10);
  for (int y = 0; y < 5; ++y)
    for (int x = 0; x < 7; ++x)
      EXPECT_EQ(mask.at(x, y), (y >= 1 && y <= 3 && x >= 2 && x <= 4) || (y == 0 && x == 6));
}

TEST(RegionMask, BrokenRunLengthsAreErrors) {
  Segmentation outline;
  outline.width = 7, outline.height = 5;
  for (const char* broken : {"~", "o", "ooooooooooooooo", ";320004N", "T"}) {
    outline.compressed_counts = broken;
    if (std::string(broken) == ";320004N")
      continue;  // shorter than the image: the rest is background
    EXPECT_THROW(region_mask(outline, 7, 5), Error) << broken;
  }
  outline.compressed_counts.clear();
  outline.counts = {30, 6};
  EXPECT_THROW(region_mask(outline, 7, 5), Error);
  outline.counts = {4'294'967'295u, 4'294'967'295u};
  EXPECT_THROW(region_mask(outline, 7, 5), Error);
  outline.counts = {1};
  outline.width = 2'000'000'000, outline.height = 2'000'000'000;
  EXPECT_THROW(region_mask(outline, 7, 5), Error);
}

}  // namespace
}  // namespace saccade
