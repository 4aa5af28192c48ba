// Pictures of a sequence: one size for all, one zoom, what is lost looks lost.
#include "saccade/render/follow_figure.h"

#include <gtest/gtest.h>

#include <algorithm>

#include "saccade/core/error.h"
#include "saccade/image/decode.h"
#include "tests/render/figure_gallery.h"

namespace saccade {
namespace {

namespace fs = std::filesystem;

const FollowedNumbers kNumbers{0.9, 12, {0.75, 0.25}};

class FollowFigureTest : public ::testing::Test {
 protected:
  void SetUp() override { fs::create_directories(folder_); }
  void TearDown() override { fs::remove_all(folder_); }

  // Three frames, lost in the second.
  static FollowFigure figure() {
    FollowFigure f{.class_name = "vehicle",
                   .layer = 5,
                   .selection = {{0}, {0, 1}, 8, {8, 16}, 1},
                   .style = {.range = 0.75},
                   .frames = {},
                   .zoom_side = 60,
                   .model = "tiny",
                   .width_px = 600};
    for (const bool found : {true, false, true})
      f.frames.push_back({"000007", true, found ? std::optional(kNumbers) : std::nullopt, {}});
    return f;
  }

  // A frame as the program draws it.
  Image picture(const FollowFigure& f, std::size_t at) const {
    FollowPicture p{
        .photo = &photo_, .file = "a.png", .at = at, .query = 3, .box = {100, 50, 140, 90}};
    if (f.frames[at].numbers) {
      p.points = {{120, 60, 0.75, 0, 0, 0, 0}, {110, 70, 0.25, 0, 0, 1, 0}};
      p.reference_x = 120, p.reference_y = 70;
    }
    draw_follow_picture(f, p, folder_ / "a.png", gallery::kRecord);
    return read_image(folder_ / "a.png", false);
  }

  // Pixels of the heaviest point's yellow.
  static long yellow(const Image& image) {
    long count = 0;
    for (std::size_t i = 0; i + 2 < image.rgb.size(); i += 3)
      count += image.rgb[i] > 230 && image.rgb[i + 1] > 200 && image.rgb[i + 2] < 100;
    return count;
  }

  Image photo_ = [] {
    Image image(300, 150);
    std::fill(image.rgb.begin(), image.rgb.end(), std::uint8_t{128});
    return image;
  }();
  fs::path folder_ = fs::path(::testing::TempDir()) / "saccade_follow_figure_test";
};

TEST_F(FollowFigureTest, PicturesHaveOneSizeWhetherTheObjectIsFoundOrLost) {
  for (const PointColor color : {PointColor::kWeight, PointColor::kLevel, PointColor::kHead})
    for (const double zoom : {60.0, 0.0}) {
      FollowFigure f = figure();
      f.style.color = color;
      f.zoom_side = zoom;
      const Image first = picture(f, 0), lost = picture(f, 1);
      EXPECT_EQ(first.width, 600);
      EXPECT_EQ(lost.width, 600);
      EXPECT_EQ(first.height, lost.height);
      EXPECT_NE(first.rgb, lost.rgb);
    }
}

TEST_F(FollowFigureTest, PointsAreDrawnWhereTheObjectIsFoundAlone) {
  const FollowFigure f = figure();
  EXPECT_GT(yellow(picture(f, 0)), yellow(picture(f, 1)) + 50);  // the legend has yellow in both
}

TEST_F(FollowFigureTest, TheZoomSuitsTheLargestOfTheFramesOrIsLeftOut) {
  const std::vector<BoxXyxy> squares = {{0, 0, 30, 30}, {10, 10, 70, 70}};
  EXPECT_EQ(follow_zoom_side(squares, 300, 150), 60);
  EXPECT_EQ(follow_zoom_side(squares, 100, 60), 60);
  EXPECT_EQ(follow_zoom_side(squares, 99, 150), 0);  // more than 60 % of the width
  EXPECT_EQ(follow_zoom_side(squares, 300, 50), 0);  // does not fit
}

TEST_F(FollowFigureTest, TracesAreAPageOfTheirOwn) {
  const FollowFigure f = figure();
  draw_follow_traces_figure({"vehicle", 5, f.frames, "Model: tiny."}, folder_ / "t.png",
                            gallery::kRecord);
  EXPECT_EQ(read_image(folder_ / "t.png", false).width, 2103);
  EXPECT_THROW(
      draw_follow_traces_figure({"vehicle", 5, {}, ""}, folder_ / "t.png", gallery::kRecord),
      Error);
}

}  // namespace
}  // namespace saccade
