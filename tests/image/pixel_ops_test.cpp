// Flips and crops.
#include "saccade/image/pixel_ops.h"

#include <gtest/gtest.h>

#include "saccade/core/error.h"

namespace saccade {
namespace {

Image numbered(int width, int height) {
  Image image(width, height);
  for (std::size_t i = 0; i < image.rgb.size(); ++i) image.rgb[i] = static_cast<std::uint8_t>(i);
  return image;
}

TEST(PixelOps, AFlipSwapsLeftAndRightAndKeepsColours) {
  const Image flipped = flip_horizontal(numbered(2, 2));
  EXPECT_EQ(flipped.rgb, (std::vector<std::uint8_t>{3, 4, 5, 0, 1, 2, 9, 10, 11, 6, 7, 8}));
}

TEST(PixelOps, TwoFlipsGiveTheImageBack) {
  const Image image = numbered(7, 3);
  EXPECT_EQ(flip_horizontal(flip_horizontal(image)).rgb, image.rgb);
}

TEST(PixelOps, ACropHasThePixelsOfItsRectangle) {
  const Image part = crop_image(numbered(4, 3), {1, 2, 2, 1});
  EXPECT_EQ(part.width, 2);
  EXPECT_EQ(part.height, 1);
  EXPECT_EQ(part.rgb, (std::vector<std::uint8_t>{27, 28, 29, 30, 31, 32}));
}

TEST(PixelOps, CropsOutsideTheImageAreErrors) {
  for (const PixelRect rect :
       {PixelRect{0, 0, 5, 1}, {3, 0, 2, 1}, {-1, 0, 2, 1}, {0, 0, 0, 1}, {0, 3, 1, 1}}) {
    EXPECT_THROW(crop_image(numbered(4, 3), rect), Error);
  }
}

}  // namespace
}  // namespace saccade
