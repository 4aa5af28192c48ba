// Augmentations carried out: the pixels of PIL's four steps, and boxes that follow them.
#include "saccade/data/augment.h"

#include <gtest/gtest.h>

#include "saccade/core/error.h"
#include "saccade/image/pixel_ops.h"

namespace saccade {
namespace {

Image noise(int width, int height) {
  Image image(width, height);
  Random random(static_cast<std::uint64_t>(width) * 1000 + height);
  for (auto& byte : image.rgb) byte = static_cast<std::uint8_t>(random.next());
  return image;
}

// One step after the other, each on a whole picture.
Image step_by_step(const Image& source, const AppliedAugmentation& a) {
  Image image = a.flipped ? flip_horizontal(source) : source;
  if (a.cropped) image = crop_image(resize_bilinear(image, a.before_crop), a.crop);
  return resize_bilinear(image, a.size);
}

AugmentationOptions small_options() { return AugmentationOptions::scaled_to({64, 100}); }

// As a picture and as floats, both are the step-by-step pixels.
TEST(Augment, PictureAndFloatsAreThePixelsOfTheSeparateSteps) {
  for (std::uint64_t i = 0; i < 60; ++i) {
    const Image source = noise(40 + static_cast<int>(i), 90 - static_cast<int>(i));
    Random random = augmentation_random(3, 0, i);
    const auto applied = draw_augmentation(small_options(), {source.width, source.height}, random);
    const Image expected = step_by_step(source, applied);
    const Image picture = augmented_image(source, applied);
    ASSERT_EQ(picture.width, applied.size.width);
    ASSERT_TRUE(picture.rgb == expected.rgb) << i << ": " << applied.caption();
    const std::ptrdiff_t plane = std::ptrdiff_t{picture.width} * picture.height;
    std::vector<float> floats(3 * plane);
    augmented_normalised(source, applied, {floats.data(), plane, picture.width});
    for (std::size_t p = 0; p < expected.rgb.size(); ++p) {
      const std::size_t channel = p % 3;
      ASSERT_EQ(floats[channel * plane + p / 3],
                normalised_bytes(static_cast<int>(channel))[expected.rgb[p]]);
    }
  }
}

// A white rectangle on black: after any augmentation its box lies where the white pixels are.
TEST(Augment, BoxesStayOnWhatTheyMark) {
  Image source(120, 90);
  for (int y = 30; y < 60; ++y)
    std::fill_n(source.row(y) + std::size_t{3} * 40, 3 * 50, std::uint8_t{255});
  Target target{.orig_size = {120, 90}, .size = {120, 90}};
  target.objects.push_back({{40, 30, 90, 60}, 5, 1500, false, 0});
  for (std::uint64_t i = 0; i < 60; ++i) {
    Random random = augmentation_random(4, 1, i);
    const auto applied = draw_augmentation(small_options(), {120, 90}, random);
    const Image picture = augmented_image(source, applied);
    const Target moved = augmented_target(target, applied);
    EXPECT_EQ(moved.size, applied.size);
    int x0 = picture.width, y0 = picture.height, x1 = 0, y1 = 0;
    for (int y = 0; y < picture.height; ++y) {
      for (int x = 0; x < picture.width; ++x) {
        if (picture.row(y)[3 * x] < 128) continue;
        x0 = std::min(x0, x), y0 = std::min(y0, y), x1 = std::max(x1, x + 1),
        y1 = std::max(y1, y + 1);
      }
    }
    if (moved.objects.empty()) {
      EXPECT_GE(x0, x1);
      continue;
    }
    const TargetBox& box = moved.objects[0].box;
    EXPECT_NEAR(box.x0, x0, 1.5) << applied.caption();
    EXPECT_NEAR(box.y0, y0, 1.5) << applied.caption();
    EXPECT_NEAR(box.x1, x1, 1.5) << applied.caption();
    EXPECT_NEAR(box.y1, y1, 1.5) << applied.caption();
    EXPECT_EQ(moved.objects[0].label, 5);
    EXPECT_EQ(moved.orig_size, (ImageSize{120, 90}));
  }
}

TEST(Augment, AnAugmentationFitsOnlyTheSizeItWasDrawnFor) {
  const auto applied = evaluation_resize({640, 480});
  EXPECT_THROW(augmented_image(Image(480, 640), applied), Error);
  EXPECT_THROW(augmented_normalised(Image(480, 640), applied, {}), Error);
  EXPECT_THROW(augmented_target({.size = {480, 640}}, applied), Error);
}

}  // namespace
}  // namespace saccade
