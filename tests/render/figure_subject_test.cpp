// Crops around what a figure is about.
#include "saccade/render/figure_subject.h"

#include <gtest/gtest.h>

#include "tests/render/synthetic_attention.h"

namespace saccade {
namespace {

TEST(SpecificWords, SayWhatIsMostlyTemplate) {
  EXPECT_EQ(specific_words({}, true, ""), "");
  EXPECT_EQ(specific_words({.weights = 0.42, .offsets = 0.0003}, true, ""),
            "Query-specific part of weights 42\u00A0%, of offsets <0.1\u00A0%. ");
  const std::string little = specific_words({.weights = 0.19}, false, " over all layers");
  EXPECT_TRUE(little.starts_with(
      "Token-specific part of weights 19\u00A0% over all layers. Mostly template: "));
  EXPECT_EQ(specific_words({.weights = 0.2}, true, "").find("template"), std::string::npos);
}

// A box of 100 x 40 and a point that carries all weight 20 px to its right: 120 x 1.15 = 138.
TEST(ZoomCrop, HoldsTheBoxAndTheHeavyPoint) {
  const std::vector<SamplePoint> points = {{.x = 320, .y = 200, .weight = 1}};
  const BoxXyxy crop = zoom_crop({200, 180, 300, 220}, points, 640, 380, 0.98);
  EXPECT_NEAR(crop.width(), 138, 1e-9);
  EXPECT_NEAR(crop.x0, 260 - 69, 1e-9);
  EXPECT_NEAR(crop.y0, 200 - 69, 1e-9);
}

TEST(ZoomCrop, IsASquareInsideTheImageOfAtLeast24Pixels) {
  synthetic::Numbers numbers(2);
  const AttentionSelection selection = synthetic::selection();
  for (int i = 0; i < 200; ++i) {
    const double x = numbers.between(-10, 630), y = numbers.between(-10, 370);
    const BoxXyxy box{x, y, x + numbers.between(1, 300), y + numbers.between(1, 200)};
    const BoxXyxy crop =
        zoom_crop(box, synthetic::decoder_points(box, selection, 3), 640, 380, 0.98);
    EXPECT_NEAR(crop.width(), crop.height(), 1e-9);
    EXPECT_GE(crop.width(), 24);
    EXPECT_GE(crop.x0, 0);
    EXPECT_GE(crop.y0, 0);
    EXPECT_LE(crop.x1, 640 + 1e-9);
    EXPECT_LE(crop.y1, 380 + 1e-9);
  }
}

TEST(ZoomCrop, OfABoxLargerThanItCanHoldIsOfNoUse) {
  const BoxXyxy large{20, 20, 620, 360}, small{300, 200, 310, 210};
  EXPECT_FALSE(zoom_is_useful(zoom_crop(large, {}, 640, 380, 0.98), large, 640, 380));
  EXPECT_TRUE(zoom_is_useful(zoom_crop(small, {}, 640, 380, 0.98), small, 640, 380));
}

TEST(StripCrop, HoldsTheZoomAndIsWholeForWidePhotos) {
  const BoxXyxy zoom{100, 0, 400, 300};
  const BoxXyxy strip = strip_crop(zoom, 640, 380);
  EXPECT_LE(strip.y0, zoom.y0);
  EXPECT_GE(strip.y1, zoom.y1);
  EXPECT_NEAR(strip_crop({300, 200, 330, 230}, 640, 380).height(), 0.62 * 380, 1e-9);
  EXPECT_EQ(strip_crop(zoom, 1000, 380).height(), 380);
}

}  // namespace
}  // namespace saccade
