// An image in memory: 8-bit RGB.
#pragma once

#include <cstddef>
#include <cstdint>
#include <vector>

namespace saccade {

// More pixels than this are refused before anything is allocated (Pillow's limit for "bombs").
constexpr std::int64_t kMaxImagePixels = 178'956'970;

struct Image {
  int width = 0;
  int height = 0;
  std::vector<std::uint8_t> rgb;  // [height, width, 3], row by row

  Image() = default;
  Image(int w, int h) : width(w), height(h), rgb(static_cast<std::size_t>(w) * h * 3) {}

  std::uint8_t* row(int y) { return rgb.data() + static_cast<std::size_t>(y) * width * 3; }
  const std::uint8_t* row(int y) const {
    return rgb.data() + static_cast<std::size_t>(y) * width * 3;
  }
};

// Pixels x to x + width - 1 of rows y to y + height - 1.
struct PixelRect {
  int x = 0, y = 0, width = 0, height = 0;
  bool operator==(const PixelRect&) const = default;
};

}  // namespace saccade
