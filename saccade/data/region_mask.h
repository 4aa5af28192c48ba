// Which pixels an object's outline covers.
#pragma once

#include <cstddef>
#include <cstdint>
#include <vector>

#include "saccade/data/segmentation.h"

namespace saccade {

// One byte per pixel, row by row: 1 inside the object.
struct RegionMask {
  int width = 0, height = 0;
  std::vector<std::uint8_t> inside;

  // Whether the pixel that holds this place is inside; nothing lies beyond the image.
  bool at(double x, double y) const {
    if (!(x >= 0 && y >= 0 && x < width && y < height)) return false;
    const auto row = static_cast<std::size_t>(y), column = static_cast<std::size_t>(x);
    return inside[row * static_cast<std::size_t>(width) + column] != 0;
  }
};

// The pixels of mask_from (data/mask_rle.h), whose errors it throws; also where the mask has more than
// kMaxImagePixels.
RegionMask region_mask(const Segmentation& segmentation, int width, int height);

}  // namespace saccade
