// Moving pixels about without changing them.
#pragma once

#include "saccade/image/image.h"

namespace saccade {

// Left and right swapped.
Image flip_horizontal(const Image& image);

// The pixels of `rect`. Throws Error when it is empty or not inside the image.
Image crop_image(const Image& image, const PixelRect& rect);

}  // namespace saccade
