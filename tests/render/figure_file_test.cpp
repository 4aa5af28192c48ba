// Files of figures: same bytes again, what made them inside, nothing beyond the margins.
#include <gtest/gtest.h>

#include <cmath>
#include <cstdlib>
#include <limits>

#include "saccade/core/error.h"
#include "saccade/core/file_io.h"
#include "saccade/render/cairo_font.h"
#include "saccade/render/detection_figure.h"
#include "saccade/render/grid_figure.h"
#include "saccade/render/heat_figure.h"
#include "saccade/render/points_figure.h"
#include "saccade/render/queries_figure.h"
#include "saccade/render/self_attention_figure.h"
#include "tests/render/figure_gallery.h"
#include "tests/render/synthetic_attention.h"

namespace saccade {
namespace {

namespace fs = std::filesystem;

class FigureFile : public ::testing::Test {
 protected:
  void SetUp() override { fs::create_directories(folder_); }
  void TearDown() override { fs::remove_all(folder_); }

  // A small photo with points of one query.
  PointsFigure figure() const {
    PointsFigure f;
    f.photo = {&photo_, "ramp.png", 64, 48, "tiny"};
    f.query = {3, "vehicle", 0.75, {40, 30, 70, 60}, ""};
    f.selection = synthetic::selection();
    f.points = synthetic::decoder_points(f.query.box, f.selection, 1);
    f.reference_x = 55, f.reference_y = 45;
    return f;
  }

  Image photo_ = [] {
    Image image(160, 120);
    for (std::size_t i = 0; i < image.rgb.size(); ++i)
      image.rgb[i] = static_cast<std::uint8_t>(i / 97);
    return image;
  }();
  fs::path folder_ = fs::path(::testing::TempDir()) / "saccade_figure_file_test";
  FigureRecord record_{"saccade explain a<b>&c.jpg --query 3", "0.1.0", "0123456789abcdef", "42"};
};

TEST_F(FigureFile, TwoRunsWriteTheSameBytes) {
  for (const char* suffix : {"png", "svg", "pdf"}) {
    const fs::path first = folder_ / text_of("a.", suffix),
                   second = folder_ / text_of("b.", suffix);
    draw_points_figure(figure(), first, record_);
    draw_points_figure(figure(), second, record_);
    const std::string bytes = read_file(first);
    EXPECT_GT(bytes.size(), 10000u);
    EXPECT_TRUE(bytes == read_file(second)) << suffix << " differs";
  }
}

TEST_F(FigureFile, APngHoldsWhatMadeIt) {
  draw_points_figure(figure(), folder_ / "a.png", record_);
  const std::string bytes = read_file(folder_ / "a.png");
  for (const std::string& value : {record_.command, record_.version, record_.weights_sha256})
    EXPECT_NE(bytes.find(value), std::string::npos) << value;
}

TEST_F(FigureFile, AnSvgHoldsWhatMadeItAsMetadata) {
  draw_points_figure(figure(), folder_ / "a.svg", record_);
  const std::string bytes = read_file(folder_ / "a.svg");
  EXPECT_NE(bytes.find("<metadata>"), std::string::npos);
  EXPECT_NE(bytes.find("a&lt;b&gt;&amp;c.jpg"), std::string::npos);
  EXPECT_NE(bytes.find(record_.weights_sha256), std::string::npos);
  EXPECT_NE(bytes.find("data:image/jpeg;base64"), std::string::npos);
}

TEST_F(FigureFile, APdfHoldsWhatMadeItAndNoTimeOfDay) {
  draw_points_figure(figure(), folder_ / "a.pdf", record_);
  const std::string bytes = read_file(folder_ / "a.pdf");
  for (const std::string& value : {record_.command, record_.weights_sha256})
    EXPECT_NE(bytes.find(value), std::string::npos) << value;
  EXPECT_NE(bytes.find("/CreationDate (20000101"), std::string::npos);
  EXPECT_EQ(bytes.find("/ModDate"), std::string::npos);
  EXPECT_NE(bytes.find("/DCTDecode"), std::string::npos);
}

TEST_F(FigureFile, PagesAreAsWideAsAColumnAtThreeHundredDpi) {
  draw_points_figure(figure(), folder_ / "a.png", record_);
  EXPECT_EQ(read_image(folder_ / "a.png", false).width, 1004);
  EXPECT_DOUBLE_EQ(page_dpi(640, 229), 300);
  EXPECT_NEAR(page_dpi(1600, 229), 503.06, 0.01);
  EXPECT_DOUBLE_EQ(page_dpi(9000, 229), 600);
}

TEST_F(FigureFile, NativePicturesHaveThePixelsOfThePhotoWhereNothingIsDrawn) {
  DetectionFigure f;
  f.photo = {&photo_, "ramp.png", 64, 48, "tiny"};
  draw_detection_figure(f, DetectionLayout::kNative, folder_ / "a.png", record_);
  EXPECT_EQ(read_image(folder_ / "a.png", false).rgb, photo_.rgb);
}

TEST_F(FigureFile, OtherSuffixesAndImpossibleStylesAreUsageErrors) {
  PointsFigure f = figure();
  EXPECT_THROW(draw_points_figure(f, folder_ / "a.gif", record_), UsageError);
  f.selection = synthetic::selection(16);
  f.style.color = PointColor::kHead;
  EXPECT_THROW(draw_points_figure(f, folder_ / "a.png", record_), UsageError);
  f.style = {PointColor::kLevel, WeightScale::kLinear, true};
  EXPECT_THROW(draw_points_figure(f, folder_ / "a.png", record_), UsageError);
  EXPECT_TRUE(fs::is_empty(folder_));
}

TEST_F(FigureFile, InputsThatDoNotFitAreErrors) {
  GridFigure grid;
  grid.photo = {&photo_, "ramp.png", 64, 48, "tiny"};
  EXPECT_THROW(draw_grid_figure(grid, folder_ / "a.png", record_), Error);
  HeatFigure heat;
  heat.photo = grid.photo;
  heat.levels = {{0, 8, {1, 1}, {1}}};
  EXPECT_THROW(draw_heat_figure(heat, folder_ / "a.png", record_), Error);
  QueryTracks tracks;
  tracks.photo = grid.photo;
  EXPECT_THROW(draw_queries_figure(tracks, folder_ / "a.png", record_), Error);
  tracks.queries = {{0, {{1, 1, 0, 0}}, {{{0, 0, 1, 1}, 1, "a", 0.5}}}};
  tracks.selected = 5;
  EXPECT_THROW(draw_queries_figure(tracks, folder_ / "a.png", record_), Error);
  SelfAttentionFigure self;
  self.photo = grid.photo;
  EXPECT_THROW(draw_self_attention_figure(self, folder_ / "a.png", record_), Error);
  EXPECT_TRUE(fs::is_empty(folder_));
}

TEST_F(FigureFile, NamesThatAreNoUtf8AreDrawn) {
  PointsFigure f = figure();
  f.query.class_name = "v\xFFhicle";
  f.photo.file = "\xC3(.jpg";
  EXPECT_NO_THROW(draw_points_figure(f, folder_ / "a.svg", record_));
}

// A model that diverged predicts such boxes; the picture of the others must still be drawn.
TEST_F(FigureFile, BoxesAndPointsThatAreNoNumbersDoNotSpoilThePicture) {
  const double nan = std::nan(""), infinity = std::numeric_limits<double>::infinity();
  DetectionFigure f;
  f.photo = {&photo_, "ramp.png", 64, 48, "tiny"};
  f.detections = {{{1, 1, 1, 0.9, {nan, nan, nan, nan}}, "vehicle"},
                  {{2, 1, 1, 0.8, {-infinity, 0, infinity, 1e300}}, "vehicle"},
                  {{3, 1, 1, 0.7, {40, 30, 70, 60}}, "vehicle"}};
  draw_detection_figure(f, DetectionLayout::kNative, folder_ / "a.png", record_);
  const Image drawn = read_image(folder_ / "a.png", false);
  // The left edge of the good box.
  EXPECT_NE(drawn.row(50)[3 * 40], photo_.row(50)[3 * 40]);
  EXPECT_EQ(drawn.row(110)[3 * 5], photo_.row(110)[3 * 5]);
  PointsFigure points = figure();
  points.points[0].x = nan;
  points.points[1].y = infinity;
  points.points[2].weight = nan;
  EXPECT_NO_THROW(draw_points_figure(points, folder_ / "b.svg", record_));
}

// Whether the outermost `border` pixels are paper.
bool margins_are_white(const Image& image, int border) {
  for (int y = 0; y < image.height; ++y) {
    for (int x = 0; x < image.width; ++x) {
      const bool inside =
          x >= border && y >= border && x < image.width - border && y < image.height - border;
      const std::uint8_t* p = image.row(y) + 3 * x;
      if (!inside && (p[0] != 255 || p[1] != 255 || p[2] != 255)) return false;
    }
  }
  return true;
}

TEST_F(FigureFile, NoFigureOfTheGalleryDrawsIntoItsMargins) {
  const gallery::Photos photos;
  gallery::Gallery all(folder_, "png");
  gallery::add_curves(all);
  gallery::add_datasets(all, photos);
  gallery::add_detections(all, photos);
  gallery::add_points(all, photos);
  gallery::add_tokens(all, photos);
  gallery::add_maps(all, photos);
  gallery::add_grids(all, photos);
  gallery::add_queries(all, photos);
  std::size_t pages = 0;
  for (const auto& file : fs::directory_iterator(folder_)) {
    if (file.path().stem().string().ends_with("-native")) continue;
    ++pages;
    EXPECT_TRUE(margins_are_white(read_image(file.path(), false), 20)) << file.path().filename();
  }
  EXPECT_GT(pages, 85u);
}

TEST(FigureFontDeathTest, AFolderWithoutTheFontIsNamed) {
  GTEST_FLAG_SET(death_test_style, "threadsafe");
  const auto load = [] {
    ::setenv("SACCADE_FONT_DIR", "/nowhere", 1);
    try {
      figure_font(false);
    } catch (const Error& error) {
      std::fputs(error.what(), stderr);
      std::exit(3);
    }
    std::exit(0);
  };
  EXPECT_EXIT(load(), ::testing::ExitedWithCode(3), "DejaVuSans.ttf: font not found in /nowhere");
}

}  // namespace
}  // namespace saccade
