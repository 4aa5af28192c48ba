// Figures of attribution maps: colour by sign, every panel on its own range, what is refused.
#include "saccade/render/map_figure.h"

#include <gtest/gtest.h>

#include <algorithm>

#include "saccade/core/error.h"
#include "saccade/core/file_io.h"
#include "saccade/image/decode.h"
#include "saccade/render/heat_map.h"
#include "tests/render/figure_gallery.h"

namespace saccade {
namespace {

namespace fs = std::filesystem;

class MapFigureTest : public ::testing::Test {
 protected:
  void SetUp() override { fs::create_directories(folder_); }
  void TearDown() override { fs::remove_all(folder_); }

  // The left half of the picture at `left`, the rest 0.
  MapPanel panel(double left, bool is_signed) const {
    MapPanel panel{"class vehicle", "logit", std::vector<double>(300 * 150), is_signed};
    for (int y = 0; y < 150; ++y)
      for (int x = 0; x < 150; ++x) panel.values[static_cast<std::size_t>(300 * y + x)] = left;
    return panel;
  }
  MapFigure figure(std::vector<MapPanel> panels) const {
    return {{&photo_, "a.png", 100, 50, "tiny"},
            {3, "vehicle", 0.8, {20, 10, 290, 140}, ""},  // large: no crop
            "directed",
            "What is drawn.",
            std::move(panels)};
  }
  // The colour in the middle of the left half of the i-th of two panels, side by side.
  Color colour_in(const MapFigure& f, int i) const {
    draw_map_figure(f, folder_ / "a.png", gallery::kRecord);
    const Image page = read_image(folder_ / "a.png", false);
    const double width = (241 - 12 - 6) / 2.0, x = 6 + i * (width + 6) + width / 4;
    const double scale = page.width / 241.0;
    const std::uint8_t* p =
        page.row(static_cast<int>((20 + 8 + width / 4) * scale)) + 3 * static_cast<int>(x * scale);
    return {p[0], p[1], p[2]};
  }

  Image photo_ = [] {
    Image image(300, 150);
    std::fill(image.rgb.begin(), image.rgb.end(), std::uint8_t{128});
    return image;
  }();
  fs::path folder_ = fs::path(::testing::TempDir()) / "saccade_map_figure_test";
};

TEST_F(MapFigureTest, SignedValuesAreBlueBelowZeroAndOrangeAbove) {
  const MapFigure f = figure({panel(-2, true), panel(3, true)});
  const Color below = colour_in(f, 0), above = colour_in(f, 1);
  EXPECT_GT(below.b, below.r + 30);
  EXPECT_GT(above.r, above.b + 30);
}

TEST_F(MapFigureTest, EachPanelHasARangeOfItsOwn) {
  const MapFigure f = figure({panel(0.002, false), panel(300, false)});
  EXPECT_EQ(colour_in(f, 0), colour_in(f, 1));
}

// One pixel in a thousand does not decide the range.
TEST_F(MapFigureTest, SinglePixelsDoNotDecideTheRange) {
  MapFigure f = figure({panel(1, false), panel(1, false)});
  f.panels[1].values[40'000] = 1000;
  EXPECT_EQ(colour_in(f, 0), colour_in(f, 1));
}

TEST_F(MapFigureTest, TwoRunsWriteTheSameBytesAndAMapWithoutValuesIsDrawnToo) {
  for (const char* suffix : {"png", "svg", "pdf"}) {
    const fs::path a = folder_ / text_of("a.", suffix), b = folder_ / text_of("b.", suffix);
    for (const fs::path& out : {a, b})
      draw_map_figure(figure({panel(1, false), panel(0, true), panel(2, true)}), out,
                      gallery::kRecord);
    EXPECT_TRUE(read_file(a) == read_file(b)) << suffix;
  }
}

// Rows of a whole photo and a crop are higher than two photos side by side.
TEST_F(MapFigureTest, ASmallBoxHasACropBesideItsMap) {
  MapFigure f = figure({panel(1, false), panel(2, false)});
  draw_map_figure(f, folder_ / "large.png", gallery::kRecord);
  f.query.box = {200, 20, 215, 35};
  draw_map_figure(f, folder_ / "small.png", gallery::kRecord);
  const Image large = read_image(folder_ / "large.png", false);
  const Image small = read_image(folder_ / "small.png", false);
  EXPECT_EQ(large.width, small.width);
  EXPECT_GT(small.height, large.height + large.width / 6);
}

TEST_F(MapFigureTest, AMapOfAnotherSizeIsRefused) {
  MapFigure f = figure({panel(1, false)});
  f.panels[0].values.pop_back();
  EXPECT_THROW(draw_map_figure(f, folder_ / "a.png", gallery::kRecord), Error);
  f.panels.clear();
  EXPECT_THROW(draw_map_figure(f, folder_ / "a.png", gallery::kRecord), Error);
}

TEST(BlendHeat, SignedValuesOfOneLengthAreEquallyOpaque) {
  Image pixels(3, 1);
  std::fill(pixels.rgb.begin(), pixels.rgb.end(), std::uint8_t{100});
  blend_heat(pixels, {-0.04F, 0, 0.04F}, 0.04, true);
  EXPECT_EQ((Color{pixels.rgb[3], pixels.rgb[4], pixels.rgb[5]}), (Color{100, 100, 100}));
  const Color blue = mix({100, 100, 100}, colormap_color(Colormap::kDifference, 0), 0.85);
  const Color orange = mix({100, 100, 100}, colormap_color(Colormap::kDifference, 1), 0.85);
  EXPECT_EQ((Color{pixels.rgb[0], pixels.rgb[1], pixels.rgb[2]}), blue);
  EXPECT_EQ((Color{pixels.rgb[6], pixels.rgb[7], pixels.rgb[8]}), orange);
}

}  // namespace
}  // namespace saccade
