// Intervals as files: what is filled, where better and worse lie, what is refused.
#include "saccade/render/interval_figure.h"

#include <gtest/gtest.h>

#include <limits>

#include "saccade/core/error.h"
#include "saccade/core/file_io.h"
#include "saccade/image/decode.h"
#include "tests/render/figure_gallery.h"

namespace saccade {
namespace {

namespace fs = std::filesystem;

constexpr Color kBlue = Color::hex(0x0072B2), kVermillion = Color::hex(0xD55E00);

class IntervalFigures : public ::testing::Test {
 protected:
  void SetUp() override { fs::create_directories(folder_); }
  void TearDown() override { fs::remove_all(folder_); }

  Image drawn(const IntervalFigure& figure) const {
    draw_interval_figure(figure, folder_ / "a.png", gallery::kRecord);
    return read_image(folder_ / "a.png", false);
  }
  // Below the legend, which has every kind.
  static double mean_column(const Image& image, Color c) {
    double sum = 0, count = 0;
    for (int y = 130; y < image.height; ++y)
      for (int x = 0; x < image.width; ++x) {
        const std::uint8_t* p = image.row(y) + 3 * x;
        if (p[0] == c.r && p[1] == c.g && p[2] == c.b) sum += x, ++count;
      }
    return count > 0 ? sum / count : -1;
  }

  fs::path folder_ = fs::path(::testing::TempDir()) / "saccade_interval_figure_test";
};

IntervalFigure figure_of(const std::vector<IntervalMark>& marks) {
  IntervalFigure figure{.title = "Faithfulness", .caption = "Caption."};
  IntervalBand& band = figure.bands.emplace_back();
  for (std::size_t i = 0; i < marks.size(); ++i) band.rows.push_back(text_of("method ", i));
  band.panels = {{"deletion", "left is better", marks}};
  return figure;
}

// An edge far left is drawn left of one that is worse; what is neither has none of their colours.
TEST_F(IntervalFigures, MarksLieWhereTheirValuesAreAndSayWhatTheyAre) {
  const Image image = drawn(figure_of(
      {{-0.4, -0.5, -0.3, IntervalKind::kBetter}, {0.3, 0.2, 0.4, IntervalKind::kWorse}}));
  const double better = mean_column(image, kBlue), worse = mean_column(image, kVermillion);
  EXPECT_GT(better, 0);
  EXPECT_GT(worse, better + 500);
  const Image none = drawn(figure_of({{0.1, -0.1, 0.2, IntervalKind::kNone}}));
  EXPECT_EQ(mean_column(none, kBlue), -1);
  EXPECT_EQ(mean_column(none, kVermillion), -1);
}

TEST_F(IntervalFigures, WhatIsNotKnownIsADash) {
  const double nan = std::numeric_limits<double>::quiet_NaN();
  const Image image = drawn(figure_of({{nan, nan, nan, IntervalKind::kBetter}}));
  EXPECT_EQ(mean_column(image, kBlue), -1);
}

// Its value stands alone, and the axis holds it.
TEST_F(IntervalFigures, AValueWithoutAnIntervalIsDrawn) {
  const double nan = std::numeric_limits<double>::quiet_NaN();
  const Image image = drawn(figure_of({{0.3, nan, nan, IntervalKind::kBetter}}));
  EXPECT_GT(mean_column(image, kBlue), 0);
}

TEST_F(IntervalFigures, GrowsWithItsRowsAndIsTheSameTwice) {
  const std::vector<IntervalMark> marks(9, {0.1, 0, 0.2, IntervalKind::kNone});
  const Image few = drawn(figure_of({marks.begin(), marks.begin() + 2}));
  const Image many = drawn(figure_of(marks));
  EXPECT_NEAR(many.height - few.height, 7 * 9.5 * 300 / 72, 4);
  const std::string bytes = read_file(folder_ / "a.png");
  drawn(figure_of(marks));
  EXPECT_EQ(read_file(folder_ / "a.png"), bytes);
}

TEST_F(IntervalFigures, RefuseWhatDoesNotFit) {
  EXPECT_THROW(drawn({.title = "empty"}), Error);
  IntervalFigure figure = figure_of({{0, 0, 0, IntervalKind::kNone}});
  figure.bands[0].rows.push_back("another");
  EXPECT_THROW(drawn(figure), Error);
}

}  // namespace
}  // namespace saccade
