// Pillow's antialiased bilinear resize, bit for bit, and the official rule for the size.
#pragma once

#include "saccade/image/image.h"

namespace saccade {

struct ImageSize {
  int width = 0;
  int height = 0;
  bool operator==(const ImageSize&) const = default;
};

// Size of the network input: the short side becomes `short_side` unless the long one would pass
// `max_side` (0: no bound). Rounding as the official code's (training.md, "Resize rule").
// Throws Error when a side would become 0 or the result is too large.
ImageSize resized_size(ImageSize image, int short_side, int max_side);

// As PIL.Image.resize(size, BILINEAR): a triangle filter widened when shrinking, in 8-bit fixed
// point, horizontal pass first, each side skipped when it does not change. Throws Error.
Image resize_bilinear(const Image& image, ImageSize size);

}  // namespace saccade
