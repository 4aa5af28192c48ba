// Pixels as tensors.
#include "saccade/image/preprocess.h"

#include <gtest/gtest.h>

#include "saccade/core/error.h"

namespace saccade {
namespace {

// Every byte in every channel, by the tensor operations that define it.
TEST(Preprocess, NormalisedPixelsHaveTheBitsOfTensorArithmetic) {
  Image image(256, 1);
  for (int i = 0; i < 256; ++i) {
    for (int c = 0; c < 3; ++c)
      image.rgb[3 * i + c] = static_cast<std::uint8_t>((i + 85 * c) % 256);
  }
  const auto bytes = at::from_blob(image.rgb.data(), {1, 256, 3}, at::kByte);
  const auto mean = at::tensor({0.485F, 0.456F, 0.406F}).view({3, 1, 1});
  const auto deviation = at::tensor({0.229F, 0.224F, 0.225F}).view({3, 1, 1});
  const auto expected = bytes.permute({2, 0, 1}).to(at::kFloat).div(255).sub(mean).div(deviation);
  EXPECT_TRUE(to_normalised(image).equal(expected));
}

TEST(Preprocess, ResizingAndNormalisingInOnePassChangesNothing) {
  Image image(37, 21);
  for (std::size_t i = 0; i < image.rgb.size(); ++i)
    image.rgb[i] = static_cast<std::uint8_t>(i * 101 % 256);
  const auto expected = to_normalised(resize_bilinear(image, {50, 19}));
  EXPECT_TRUE(resize_to_normalised(image, {50, 19}).equal(expected));
}

TEST(Preprocess, ABatchOfOneIsWhatCollateMakesOfIt) {
  const auto image = at::rand({3, 4, 5});
  const ImageBatch one = batch_of_one(image);
  const ImageBatch batch = collate({image});
  EXPECT_TRUE(one.pixels.equal(batch.pixels));
  EXPECT_TRUE(one.mask.equal(batch.mask));
  EXPECT_THROW(batch_of_one(at::rand({4, 5})), Error);
}

}  // namespace
}  // namespace saccade
