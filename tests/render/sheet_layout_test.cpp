// Pictures of any shape side by side.
#include "saccade/render/sheet_layout.h"

#include <gtest/gtest.h>

#include <cmath>

#include "tests/render/synthetic_attention.h"

namespace saccade {
namespace {

constexpr double kWidth = 492.6, kGap = 4;

TEST(SheetLayout, EqualPicturesStandInAGrid) {
  const SheetLayout layout =
      sheet_layout(std::vector<ImageSize>(6, {640, 380}), 4, {6, 16}, kWidth, kGap);
  const double width = (kWidth - 3 * kGap) / 4;
  ASSERT_EQ(layout.cells.size(), 6u);
  EXPECT_NEAR(layout.cells[1].picture.x, 6 + width + kGap, 1e-9);
  EXPECT_NEAR(layout.cells[1].picture.height, width * 380 / 640, 1e-9);
  // The incomplete row is no larger.
  EXPECT_NEAR(layout.cells[5].picture.width, width, 1e-9);
  EXPECT_NEAR(layout.cells[5].picture.x, layout.cells[1].picture.x, 1e-9);
  EXPECT_FALSE(layout.two_lines);
}

TEST(SheetLayout, NothingOverlapsWhateverTheShapes) {
  synthetic::Numbers numbers(2);
  for (int run = 0; run < 100; ++run) {
    const int columns = 1 + run % 8;
    std::vector<ImageSize> sizes;
    for (std::size_t i = 0; i < pictures_per_sheet(columns); ++i)
      sizes.push_back({static_cast<int>(std::exp(numbers.between(0, 9))),
                       static_cast<int>(std::exp(numbers.between(0, 9)))});
    const SheetLayout layout = sheet_layout(sizes, columns, {6, 16}, kWidth, kGap);
    for (std::size_t i = 0; i < sizes.size(); ++i) {
      const SheetCell& c = layout.cells[i];
      EXPECT_GE(c.cell.x, 6 - 1e-6);
      EXPECT_LE(c.cell.right(), 6 + kWidth + 1e-6);
      EXPECT_GE(c.picture.x, c.cell.x - 1e-6);
      EXPECT_LE(c.picture.right(), c.cell.right() + 1e-6);
      EXPECT_GE(c.picture.y, c.cell.y - 1e-6);
      EXPECT_NEAR(c.picture.bottom(), c.words_top, 1e-6);
      EXPECT_NEAR(c.picture.width / c.picture.height, double(sizes[i].width) / sizes[i].height,
                  1e-6 * double(sizes[i].width) / sizes[i].height);
      // Words below take up to two lines; the next row begins under them.
      const double words = layout.two_lines ? 13.6 : 6.8;
      const PageRect used{c.cell.x, c.cell.y, c.cell.width, c.cell.height + words};
      for (std::size_t j = 0; j < i; ++j)
        EXPECT_FALSE(used.grown(-1e-6).overlaps(layout.cells[j].cell));
      EXPECT_LE(used.bottom(), layout.bottom + 1e-6);
    }
    EXPECT_LT(layout.bottom, 1800);  // a page of 300 dpi stays far below Cairo's 32767 px
  }
}

TEST(SheetLayout, NamesAndCountsPartWhereACellIsNarrow) {
  EXPECT_TRUE(
      sheet_layout({{300, 640}, {640, 480}, {640, 480}, {640, 480}}, 4, {6, 16}, kWidth, kGap)
          .two_lines);
  EXPECT_TRUE(
      sheet_layout(std::vector<ImageSize>(8, {640, 480}), 8, {6, 16}, kWidth, kGap).two_lines);
}

// Wide pictures fill the cells of many columns; among others they are the extremes that do not.
TEST(SheetLayout, ASetOfWidePicturesLeavesNoHoles) {
  for (const int columns : {4, 6, 8}) {
    const SheetLayout layout =
        sheet_layout(std::vector<ImageSize>(8, {640, 300}), columns, {6, 16}, kWidth, kGap);
    for (const SheetCell& c : layout.cells) EXPECT_NEAR(c.picture.height, c.cell.height, 1e-9);
  }
  std::vector<ImageSize> sizes(8, {640, 480});
  sizes[2] = {1200, 300};
  const SheetLayout mixed = sheet_layout(sizes, 8, {6, 16}, kWidth, kGap);
  EXPECT_LT(mixed.cells[2].picture.height, 0.5 * mixed.cells[2].cell.height);
}

}  // namespace
}  // namespace saccade
