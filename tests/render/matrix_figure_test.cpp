// Matrices of changes as files: which colour and sign a cell has, what the lines below say, what is refused.
#include "saccade/render/matrix_figure.h"

#include <gtest/gtest.h>

#include <cmath>

#include "saccade/core/error.h"
#include "saccade/core/file_io.h"
#include "saccade/image/decode.h"
#include "tests/render/figure_gallery.h"
#include "tests/render/matrix_figures.h"

namespace saccade {
namespace {

namespace fs = std::filesystem;

class MatrixFigures : public ::testing::Test {
 protected:
  void SetUp() override { fs::create_directories(folder_); }
  void TearDown() override { fs::remove_all(folder_); }

  Image drawn(const MatrixFigure& figure) const {
    draw_matrix_figure(figure, folder_ / "a.png", gallery::kRecord);
    return read_image(folder_ / "a.png", false);
  }

  fs::path folder_ = fs::path(::testing::TempDir()) / "saccade_matrix_figure_test";
};

// One row without means.
MatrixFigure one_row(const std::vector<double>& values, bool significant = true) {
  MatrixFigure f;
  f.title = "one row", f.measure = "dAP", f.means = false;
  f.rows = {"row"};
  for (const double value : values) {
    f.columns.push_back("c");
    f.cells.push_back({value, true, significant, value - 1, value + 1, text_of("unit ", value)});
  }
  return f;
}

int pixels_of(const Image& image, Color c) {
  int count = 0;
  for (int y = 0; y < image.height; ++y)
    for (int x = 0; x < image.width; ++x) {
      const std::uint8_t* p = image.row(y) + 3 * x;
      count += p[0] == c.r && p[1] == c.g && p[2] == c.b;
    }
  return count;
}

TEST(MatrixNumbers, HaveOneDecimalAndASignUnlessTheyRoundToZero) {
  EXPECT_EQ(matrix_number(0.27), "+0.3");
  EXPECT_EQ(matrix_number(-2.6), "\u22122.6");
  for (const double zero : {0.0, -0.0, 0.04, -0.04}) EXPECT_EQ(matrix_number(zero), "0.0");
}

TEST(MatrixRange, IsTheLargestChangeRoundedUpToHalves) {
  EXPECT_DOUBLE_EQ(matrix_range(one_row({-2.6, 0.9})), 3);
  EXPECT_DOUBLE_EQ(matrix_range(one_row({2.5, -1})), 2.5);
  EXPECT_DOUBLE_EQ(matrix_range(one_row({0.01})), 0.5);
  EXPECT_DOUBLE_EQ(matrix_range(one_row({0, std::nan("")})), 0.5);
}

TEST(MatrixExtremes, NameTheUnitAndItsInterval) {
  EXPECT_EQ(
      matrix_extremes(one_row({-2.6, 0.9})),
      (std::vector<std::string>{"largest loss: unit -2.6  \u22122.60 [\u22123.60, \u22121.60]",
                                "largest gain: unit 0.9  +0.90 [\u22120.10, +1.90]"}));
  EXPECT_EQ(matrix_extremes(one_row({-0.5, -0.02}, false)),
            (std::vector<std::string>{
                "largest loss: unit -0.5  \u22120.50 [\u22121.50, +0.50], not significant",
                "largest gain: none, no change is above 0"}));
}

TEST(MatrixExtremes, SayWhereThereAreNone) {
  EXPECT_EQ(matrix_extremes(one_row({0, 0, 0})), std::vector<std::string>{"All 3 changes are 0."});
  EXPECT_EQ(matrix_extremes(one_row({1e-15, -1e-9})),
            std::vector<std::string>{"All 2 changes are 0."});
  MatrixFigure f = one_row({1});
  f.cells[0].is_known = false;
  EXPECT_EQ(matrix_extremes(f), std::vector<std::string>{"Nothing has been measured."});
}

TEST_F(MatrixFigures, LossesAreBlueAndGainsOrange) {
  const Image page = drawn(one_row({-3, 3, 1.5}));
  const auto color = [](double t) { return colormap_color(Colormap::kDifference, t); };
  EXPECT_GT(pixels_of(page, color(0)), 2000);
  EXPECT_GT(pixels_of(page, color(1)), 2000);
  EXPECT_GT(pixels_of(page, color(0.75)), 2000);
}

// Lines of a hatch take most of the plain colour's large areas, and only where nothing is significant.
TEST_F(MatrixFigures, WhatIsNotSignificantIsHatched) {
  const Color gain = colormap_color(Colormap::kDifference, 0.75);
  const int plain = pixels_of(drawn(one_row({3, 1.5})), gain);
  const int hatched = pixels_of(drawn(one_row({3, 1.5}, false)), gain);
  EXPECT_LT(hatched, 0.85 * plain);
}

TEST_F(MatrixFigures, ManyColumnsTakeTheDoublePage) {
  EXPECT_EQ(drawn(gallery::made_up_matrix(6, 1, 3)).width, 1004);
  EXPECT_EQ(drawn(gallery::made_up_matrix(6, 8, 3)).width, 1004);
  EXPECT_EQ(drawn(gallery::made_up_matrix(6, 16, 3)).width, 2103);
  EXPECT_EQ(drawn(gallery::made_up_matrix(2, 300, 3)).width, 2103);
}

TEST_F(MatrixFigures, MeansTakeARowOnlyWhereThereAreSeveral) {
  MatrixFigure f = gallery::made_up_matrix(2, 3, 3);
  const int with = drawn(f).height;
  f.means = false;
  EXPECT_GT(with, drawn(f).height + 60);
  f = gallery::made_up_matrix(1, 3, 3);
  const int one = drawn(f).height;
  f.means = false;
  EXPECT_EQ(one, drawn(f).height);
}

TEST_F(MatrixFigures, TwoRunsWriteTheSameBytes) {
  for (const char* suffix : {"png", "svg", "pdf"}) {
    const fs::path a = folder_ / text_of("a.", suffix), b = folder_ / text_of("b.", suffix);
    for (const fs::path& out : {a, b})
      draw_matrix_figure(gallery::made_up_matrix(6, 8, 3), out, gallery::kRecord);
    EXPECT_TRUE(read_file(a) == read_file(b)) << suffix;
  }
}

TEST_F(MatrixFigures, AnyValuesAreDrawn) {
  for (const double value : {1e308, -1e308, 1e-300, std::nan(""), HUGE_VAL, -0.0})
    EXPECT_EQ(drawn(one_row({value, 0})).width, 1004) << value;
  EXPECT_EQ(drawn(one_row({1e308})).width, 1004);
  EXPECT_EQ(drawn(one_row({std::nan("")})).width, 1004);
}

TEST_F(MatrixFigures, CellsThatDoNotFitAreRefused) {
  MatrixFigure f = gallery::made_up_matrix(6, 8, 3);
  f.cells.pop_back();
  try {
    drawn(f);
    FAIL();
  } catch (const Error& error) {
    EXPECT_STREQ(error.what(), "a matrix of 6 x 8 has 47 cells, expected 48");
  }
  EXPECT_THROW(drawn({}), Error);
  EXPECT_THROW(draw_matrix_figure(one_row({1}), folder_ / "a.gif", gallery::kRecord), UsageError);
  EXPECT_TRUE(fs::is_empty(folder_));
}

}  // namespace
}  // namespace saccade
