// The resize and its size rule; bit parity with Pillow is in the goldens.
#include "saccade/image/resize.h"

#include <gtest/gtest.h>

#include "saccade/core/error.h"

namespace saccade {
namespace {

// Worked by hand: 2 -> 1 averages the two pixels; 8-bit rounding is half up.
TEST(Resize, HalvingAveragesTwoPixels) {
  Image image(2, 1);
  image.rgb = {10, 0, 255, 20, 1, 255};
  const Image half = resize_bilinear(image, {1, 1});
  EXPECT_EQ(half.rgb, (std::vector<std::uint8_t>{15, 1, 255}));
}

TEST(Resize, AConstantPictureStaysConstant) {
  Image image(31, 17);
  std::fill(image.rgb.begin(), image.rgb.end(), std::uint8_t{203});
  for (const ImageSize size : {ImageSize{7, 5}, {64, 40}, {31, 3}, {1, 1}}) {
    for (const std::uint8_t byte : resize_bilinear(image, size).rgb) ASSERT_EQ(byte, 203);
  }
}

TEST(SizeRule, LongSideBoundsTheShortOne) {
  EXPECT_EQ(resized_size({640, 480}, 800, 1333), (ImageSize{1066, 800}));
  EXPECT_EQ(resized_size({480, 640}, 800, 1333), (ImageSize{800, 1066}));
  EXPECT_EQ(resized_size({500, 500}, 800, 1333), (ImageSize{800, 800}));
  EXPECT_EQ(resized_size({2000, 500}, 800, 1333).width, 1332);  // short side 333, 333 * 2000 / 500
  EXPECT_EQ(resized_size({640, 380}, 247, 1333), (ImageSize{416, 247}));
}

TEST(SizeRule, AnImageOfTheRightSizeIsKept) {
  EXPECT_EQ(resized_size({1333, 800}, 800, 1333), (ImageSize{1333, 800}));
}

TEST(SizeRule, SidesGoToTheNearestMultiple) {
  EXPECT_EQ(resized_size({640, 380}, {288, 1333, 32}), (ImageSize{480, 288}));  // 485
  EXPECT_EQ(resized_size({640, 380}, {259, 1333, 32}), (ImageSize{448, 256}));  // 436
  EXPECT_EQ(resized_size({380, 640}, {304, 1333, 32}), (ImageSize{320, 512}));  // halfway: up
  EXPECT_EQ(resized_size({640, 380}, {288, 490, 32}), (ImageSize{480, 288}));
  EXPECT_EQ(resized_size({500, 500}, {500, 500, 64}), (ImageSize{448, 448}));  // 512 passes 500
  EXPECT_EQ(resized_size({480, 288}, {288, 1333, 32}), (ImageSize{480, 288}));
  EXPECT_EQ(resized_size({1000, 20}, {10, 1333, 32}), (ImageSize{512, 32}));  // never none
  EXPECT_EQ(resized_size({641, 480}, {480, 1333, 1}), (ImageSize{641, 480}));
}

TEST(SizeRule, SizesWithoutPixelsAreErrors) {
  EXPECT_THROW(resized_size({100000, 1}, 800, 1333), Error);
  EXPECT_THROW(resize_bilinear(Image(2, 2), {0, 4}), Error);
}

}  // namespace
}  // namespace saccade
