// EXIF orientation: how a camera held the picture, and turning it upright.
#pragma once

#include <cstddef>
#include <span>

#include "saccade/image/image.h"

namespace saccade {

// The orientation tag, 1 to 8; 1 (as stored) where there is none or it cannot be read.
int jpeg_orientation(std::span<const std::byte> jpeg);
int png_orientation(std::span<const std::byte> png);

// The image as PIL.ImageOps.exif_transpose shows it; orientations 5 to 8 swap width and height.
Image turn_upright(Image image, int orientation);

}  // namespace saccade
