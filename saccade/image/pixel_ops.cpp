// Rows copied forwards and backwards.
#include "saccade/image/pixel_ops.h"

#include <cstring>

#include "saccade/core/error.h"

namespace saccade {

Image flip_horizontal(const Image& image) {
  Image out(image.width, image.height);
  for (int y = 0; y < image.height; ++y) {
    const std::uint8_t* from = image.row(y) + std::size_t{3} * image.width;
    std::uint8_t* to = out.row(y);
    for (int x = 0; x < image.width; ++x, to += 3) {
      from -= 3;
      std::memcpy(to, from, 3);
    }
  }
  return out;
}

Image crop_image(const Image& image, const PixelRect& rect) {
  if (rect.x < 0 || rect.y < 0 || rect.width <= 0 || rect.height <= 0 ||
      rect.width > image.width - rect.x || rect.height > image.height - rect.y) {
    throw Error(text_of("crop: ", rect.width, " x ", rect.height, " pixels at (", rect.x, ", ",
                        rect.y, ") are not inside the image of ", image.width, " x ",
                        image.height));
  }
  Image out(rect.width, rect.height);
  for (int y = 0; y < rect.height; ++y) {
    std::memcpy(out.row(y), image.row(rect.y + y) + std::size_t{3} * rect.x,
                std::size_t{3} * rect.width);
  }
  return out;
}

}  // namespace saccade
