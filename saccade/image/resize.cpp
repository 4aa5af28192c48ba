// Pillow's antialiased bilinear resize in 8-bit fixed point.
#include "saccade/image/resize.h"

#include <algorithm>
#include <cmath>
#include <vector>

#include "saccade/core/error.h"
#include "saccade/image/decode.h"

namespace saccade {
namespace {

constexpr int kPrecisionBits = 22;  // Pillow: 32 - 8 bits of pixel - 2 bits of overshoot

// Which inputs each output of one axis reads, and how much, in fixed point.
struct Taps {
  int per_output = 0;             // room for the weights of one output
  std::vector<int> first, count;  // inputs [first, first + count)
  std::vector<std::int32_t> weights;
};

Taps make_taps(int in, int out) {
  const double scale = static_cast<double>(in) / out;
  const double support = std::max(scale, 1.0);
  Taps taps;
  taps.per_output = static_cast<int>(std::ceil(support)) * 2 + 1;
  taps.weights.resize(static_cast<std::size_t>(taps.per_output) * out);
  std::vector<double> exact(taps.per_output);
  for (int i = 0; i < out; ++i) {
    const double center = (i + 0.5) * scale;
    const int first = std::max(static_cast<int>(center - support + 0.5), 0);
    const int count = std::min(static_cast<int>(center + support + 0.5), in) - first;
    double sum = 0;
    for (int k = 0; k < count; ++k) {
      const double distance = std::abs((k + first - center + 0.5) * (1.0 / support));
      exact[k] = distance < 1.0 ? 1.0 - distance : 0.0;
      sum += exact[k];
    }
    for (int k = 0; k < count; ++k) {
      const double weight = sum != 0.0 ? exact[k] / sum : exact[k];
      taps.weights[static_cast<std::size_t>(i) * taps.per_output + k] =
          static_cast<std::int32_t>(0.5 + weight * (1 << kPrecisionBits));
    }
    taps.first.push_back(first);
    taps.count.push_back(count);
  }
  return taps;
}

std::uint8_t to_byte(std::int32_t sum) {
  return static_cast<std::uint8_t>(std::clamp(sum >> kPrecisionBits, 0, 255));
}

constexpr std::int32_t kHalf = 1 << (kPrecisionBits - 1);

Image resize_width(const Image& image, int width) {
  const Taps taps = make_taps(image.width, width);
  Image out(width, image.height);
  for (int y = 0; y < image.height; ++y) {
    const std::uint8_t* from = image.row(y);
    std::uint8_t* to = out.row(y);
    for (int x = 0; x < width; ++x, to += 3) {
      const std::int32_t* weight = &taps.weights[static_cast<std::size_t>(x) * taps.per_output];
      const std::uint8_t* pixel = from + std::size_t{3} * taps.first[x];
      std::int32_t r = kHalf, g = kHalf, b = kHalf;
      for (int k = 0; k < taps.count[x]; ++k, pixel += 3) {
        r += pixel[0] * weight[k];
        g += pixel[1] * weight[k];
        b += pixel[2] * weight[k];
      }
      to[0] = to_byte(r);
      to[1] = to_byte(g);
      to[2] = to_byte(b);
    }
  }
  return out;
}

Image resize_height(const Image& image, int height) {
  const Taps taps = make_taps(image.height, height);
  Image out(image.width, height);
  const std::size_t row_bytes = std::size_t{3} * image.width;
  std::vector<std::int32_t> sums(row_bytes);
  for (int y = 0; y < height; ++y) {
    std::fill(sums.begin(), sums.end(), kHalf);
    for (int k = 0; k < taps.count[y]; ++k) {
      const std::int32_t weight = taps.weights[static_cast<std::size_t>(y) * taps.per_output + k];
      const std::uint8_t* from = image.row(taps.first[y] + k);
      for (std::size_t i = 0; i < row_bytes; ++i) sums[i] += from[i] * weight;
    }
    std::transform(sums.begin(), sums.end(), out.row(y), to_byte);
  }
  return out;
}

}  // namespace

ImageSize resized_size(ImageSize image, int short_side, int max_side) {
  const double shorter = std::min(image.width, image.height);
  const double longer = std::max(image.width, image.height);
  int size = short_side;
  if (max_side > 0 && longer / shorter * size > max_side) {
    size = static_cast<int>(std::nearbyint(max_side * shorter / longer));
  }
  const auto other = [size](int a, int b) {
    return static_cast<int>(static_cast<double>(std::int64_t{size} * a) / b);
  };
  ImageSize out = image;
  const bool keeps = (image.width <= image.height && image.width == size) ||
                     (image.height <= image.width && image.height == size);
  if (!keeps) {
    out = image.width < image.height ? ImageSize{size, other(image.height, image.width)}
                                     : ImageSize{other(image.width, image.height), size};
  }
  check_image_size(out.width, out.height, text_of("resizing to short side ", short_side));
  return out;
}

Image resize_bilinear(const Image& image, ImageSize size) {
  check_image_size(size.width, size.height, "resize");
  const bool changes_width = size.width != image.width;
  if (!changes_width && size.height == image.height) return image;
  if (!changes_width) return resize_height(image, size.height);
  Image wide = resize_width(image, size.width);
  return size.height == wide.height ? wide : resize_height(wide, size.height);
}

}  // namespace saccade
