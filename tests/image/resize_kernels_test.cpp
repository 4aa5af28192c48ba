// The resize on every instruction set this machine has, against the definition; and normalisation.
#include <gtest/gtest.h>

#include <algorithm>
#include <cmath>
#include <cstring>
#include <random>

#include "saccade/core/cpu_isa.h"
#include "saccade/core/error.h"
#include "saccade/image/encode.h"
#include "saccade/image/normalise.h"
#include "saccade/image/pixel_ops.h"
#include "saccade/image/resize.h"
#include "saccade/image/resize_taps.h"

namespace saccade {
namespace {

std::uint8_t to_byte(std::int64_t sum) {
  return static_cast<std::uint8_t>(
      std::min<std::int64_t>((sum + (1 << (kWeightBits - 1))) >> kWeightBits, 255));
}

// One pass as training.md 5.1 defines it, pixel by pixel: along x, or along y.
Image resize_axis(const Image& image, int out, bool along_x) {
  const ResizeTaps taps = make_resize_taps(along_x ? image.width : image.height, out);
  Image to(along_x ? out : image.width, along_x ? image.height : out);
  for (int y = 0; y < to.height; ++y) {
    for (int x = 0; x < to.width; ++x) {
      const int i = along_x ? x : y;
      for (int c = 0; c < 3; ++c) {
        std::int64_t sum = 0;
        for (int k = 0; k < taps.count[i]; ++k) {
          const int from_x = along_x ? taps.first[i] + k : x;
          const int from_y = along_x ? y : taps.first[i] + k;
          sum += std::int64_t{taps.weights_of(i)[k]} * image.row(from_y)[3 * from_x + c];
        }
        to.row(y)[3 * x + c] = to_byte(sum);
      }
    }
  }
  return to;
}

Image by_definition(const Image& image, ImageSize size) {
  const Image wide = size.width == image.width ? image : resize_axis(image, size.width, true);
  return size.height == image.height ? wide : resize_axis(wide, size.height, false);
}

Image random_image(int width, int height, std::mt19937& random) {
  Image image(width, height);
  // Extremes often: sums then reach their ends.
  for (auto& byte : image.rgb) {
    const auto draw = random();
    byte = static_cast<std::uint8_t>(draw % 4 == 0 ? 255 : draw % 4 == 1 ? 0 : draw >> 8);
  }
  return image;
}

// Sides of 1, of whole groups, and anything between.
int random_side(std::mt19937& random) {
  switch (random() % 6) {
    case 0:
      return 1 + static_cast<int>(random() % 3);
    case 1:
      return 16 * (1 + static_cast<int>(random() % 4));
    case 2:
      return 200 + static_cast<int>(random() % 200);
    default:
      return 1 + static_cast<int>(random() % 70);
  }
}

float expected_float(std::uint8_t byte, int channel) {
  const float mean[] = {0.485F, 0.456F, 0.406F};
  const float deviation[] = {0.229F, 0.224F, 0.225F};
  const float share = static_cast<float>(byte) / 255.0F;
  const float centred = share - mean[channel];
  return centred / deviation[channel];
}

// Planes with a border all around that nothing may touch.
struct Canvas {
  static constexpr int kBorder = 5;
  static constexpr float kUntouched = -1234.5F;
  int width, height;
  std::vector<float> data;

  explicit Canvas(ImageSize size)
      : width(size.width + 2 * kBorder),
        height(size.height + 2 * kBorder),
        data(std::size_t{3} * width * height, kUntouched) {}
  FloatPlanes planes() {
    return {data.data() + kBorder * width + kBorder, std::ptrdiff_t{width} * height, width};
  }
  float at(int c, int y, int x) const {
    return data[(std::size_t{1} * c * height + y) * width + x];
  }
};

void expect_normalised(const Canvas& canvas, const Image& pixels) {
  for (int c = 0; c < 3; ++c) {
    for (int y = 0; y < canvas.height; ++y) {
      for (int x = 0; x < canvas.width; ++x) {
        const int px = x - Canvas::kBorder;
        const int py = y - Canvas::kBorder;
        const bool inside = px >= 0 && py >= 0 && px < pixels.width && py < pixels.height;
        const float want =
            inside ? expected_float(pixels.row(py)[3 * px + c], c) : Canvas::kUntouched;
        const float got = canvas.at(c, y, x);
        ASSERT_EQ(std::memcmp(&got, &want, sizeof want), 0)
            << "channel " << c << ", row " << py << ", column " << px << ": " << got << ", not "
            << want;
      }
    }
  }
}

class ResizeOn : public testing::TestWithParam<CpuIsa> {
 protected:
  void SetUp() override {
    chosen_ = cpu_isa();
    set_cpu_isa(GetParam());
  }
  void TearDown() override { set_cpu_isa(chosen_); }

 private:
  CpuIsa chosen_ = CpuIsa::kGeneric;
};
INSTANTIATE_TEST_SUITE_P(Cpu, ResizeOn, testing::ValuesIn(available_cpu_isas()),
                         [](const auto& info) { return name_of(info.param); });

TEST_P(ResizeOn, EveryPixelIsThatOfTheDefinitionWhateverTheSizes) {
  std::mt19937 random(3);
  for (int i = 0; i < 400; ++i) {
    const Image image = random_image(random_side(random), random_side(random), random);
    const ImageSize size{random() % 8 == 0 ? image.width : random_side(random),
                         random() % 8 == 0 ? image.height : random_side(random)};
    const Image want = by_definition(image, size);
    const Image got = resize_bilinear(image, size);
    ASSERT_EQ(got.width, want.width);
    ASSERT_EQ(got.height, want.height);
    ASSERT_TRUE(got.rgb == want.rgb)
        << image.width << " x " << image.height << " to " << size.width << " x " << size.height;
    Canvas canvas(size);
    resize_normalised(image, size, canvas.planes());
    expect_normalised(canvas, want);
    ASSERT_FALSE(HasFatalFailure())
        << image.width << " x " << image.height << " to " << size.width << " x " << size.height;
  }
}

// Flipping first and cropping afterwards, as PIL would, gives what the one pass gives.
TEST_P(ResizeOn, APartOfAMirroredImageIsWhatFlippingAndCroppingGive) {
  std::mt19937 random(6);
  for (int i = 0; i < 200; ++i) {
    const Image image = random_image(random_side(random), random_side(random), random);
    ResizeStep step = ResizeStep::whole({random_side(random), random_side(random)});
    step.mirrored = random() % 2 == 0;
    if (random() % 4 == 0) step.size.width = image.width;
    step.part.x = static_cast<int>(random() % step.size.width);
    step.part.y = static_cast<int>(random() % step.size.height);
    step.part.width = 1 + static_cast<int>(random() % (step.size.width - step.part.x));
    step.part.height = 1 + static_cast<int>(random() % (step.size.height - step.part.y));
    const Image start = step.mirrored ? flip_horizontal(image) : image;
    const Image want = crop_image(by_definition(start, step.size), step.part);
    ASSERT_TRUE(resize_part(image, step).rgb == want.rgb) << i;
    Canvas canvas(step.output());
    resize_part_normalised(image, step, canvas.planes());
    expect_normalised(canvas, want);
    ASSERT_FALSE(HasFatalFailure()) << i;
  }
}

// From far too wide or tall, where an output reads thousands of pixels.
TEST_P(ResizeOn, ExtremeShapesAreExactToo) {
  std::mt19937 random(4);
  for (const auto& [from, to] : {std::pair{ImageSize{5000, 2}, ImageSize{1, 2}},
                                 {ImageSize{5000, 2}, ImageSize{37, 1}},
                                 {ImageSize{2, 5000}, ImageSize{2, 3}},
                                 {ImageSize{1, 1}, ImageSize{333, 77}},
                                 {ImageSize{3, 1}, ImageSize{1, 2000}}}) {
    const Image image = random_image(from.width, from.height, random);
    EXPECT_TRUE(resize_bilinear(image, to).rgb == by_definition(image, to).rgb)
        << from.width << " x " << from.height << " to " << to.width << " x " << to.height;
  }
}

// All 256 values in all three channels: the bits of two divisions, without dividing.
TEST_P(ResizeOn, NormalisationHasTheBitsOfPlainDivisionForEveryByte) {
  Image image(256, 1);
  for (int i = 0; i < 256; ++i) std::memset(&image.rgb[std::size_t{3} * i], i, 3);
  Canvas canvas({256, 1});
  resize_normalised(image, {256, 1}, canvas.planes());
  expect_normalised(canvas, image);
}

TEST(Normalise, AWholeFileIsDecodedResizedAndNormalised) {
  std::mt19937 random(5);
  const Image image = random_image(40, 30, random);
  const std::string png = encode_png(image.rgb, 40, 30, {});
  const NormalisedImage out =
      decode_normalised(std::as_bytes(std::span(png.data(), png.size())), "a.png", false, {60, 70});
  EXPECT_EQ(out.original, (ImageSize{40, 30}));
  EXPECT_EQ(out.size, (ImageSize{69, 52}));  // 70 * 30 / 40 = 52.5 to even; 52 * 40 / 30 cut off
  const Image pixels = by_definition(image, out.size);
  EXPECT_EQ(out.planes[0], expected_float(pixels.rgb[0], 0));
  EXPECT_EQ(out.planes[3 * 69 * 52 - 1], expected_float(pixels.rgb.back(), 2));
}

TEST(Normalise, SizesWithoutPixelsAreErrors) {
  Canvas canvas({1, 1});
  EXPECT_THROW(resize_normalised(Image(2, 2), {0, 4}, canvas.planes()), Error);
  EXPECT_THROW(resize_normalised(Image(), {4, 4}, canvas.planes()), Error);
  for (const PixelRect part : {PixelRect{0, 0, 5, 4}, {1, 0, 4, 4}, {-1, 0, 2, 2}, {0, 0, 0, 1}})
    EXPECT_THROW(resize_part(Image(2, 2), {{4, 4}, part}), Error);
}

}  // namespace
}  // namespace saccade
