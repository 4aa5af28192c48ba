// Pillow's antialiased bilinear resize in 8-bit fixed point.
#include "saccade/image/resize.h"

#include <algorithm>
#include <cmath>
#include <vector>

#include "saccade/core/error.h"
#include "saccade/image/decode.h"
#include "saccade/image/resize_rows.h"

namespace saccade {
namespace {

int to_multiple(int side, const InputSize& rule) {
  if (rule.multiple <= 1) return side;
  const int below = side / rule.multiple * rule.multiple;
  int nearest = 2 * (side - below) >= rule.multiple ? below + rule.multiple : below;
  if (rule.max_side > 0 && nearest > rule.max_side) nearest = below;
  return std::max(nearest, rule.multiple);
}

}  // namespace

ImageSize resized_size(ImageSize image, const InputSize& rule) {
  const auto [short_side, max_side, multiple] = rule;
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
  if (multiple <= 1) return out;
  out = {to_multiple(out.width, rule), to_multiple(out.height, rule)};
  check_image_size(out.width, out.height, text_of("resizing to multiples of ", multiple));
  return out;
}

void ResizeStep::check() const {
  check_image_size(size.width, size.height, "resize");
  const bool inside = part.x >= 0 && part.y >= 0 && part.width > 0 && part.height > 0 &&
                      part.width <= size.width - part.x && part.height <= size.height - part.y;
  if (inside) return;
  throw Error(text_of("resize: the part of ", part.width, " x ", part.height, " pixels at (",
                      part.x, ", ", part.y, ") is not inside the result of ", size.width, " x ",
                      size.height));
}

Image resize_part(const Image& image, const ResizeStep& step) {
  step.check();
  const ResizeKernels& kernels = resize_kernels();
  const ImageSize size = step.output();
  Image out(size.width, size.height);
  const std::size_t stride = static_cast<std::size_t>(size.width) + kRowPadding;
  std::vector<std::uint8_t> bytes(3 * stride);
  std::uint8_t* const planes[] = {bytes.data(), bytes.data() + stride, bytes.data() + 2 * stride};
  resize_rows(image, step, kernels, [&](int y, int c, const RowTaps& taps) {
    kernels.down_to_bytes(taps, size.width, planes[c]);
    if (c == 2) kernels.join(planes, size.width, out.row(y));
  });
  return out;
}

Image resize_bilinear(const Image& image, ImageSize size) {
  if (size == ImageSize{image.width, image.height}) return image;
  return resize_part(image, ResizeStep::whole(size));
}

}  // namespace saccade
