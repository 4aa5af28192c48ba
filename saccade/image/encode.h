// Writes PNG and JPEG: the same bytes for the same pixels on every run, no time stamps.
#pragma once

#include <cstdint>
#include <span>
#include <string>
#include <utility>
#include <vector>

#include "saccade/image/image.h"

namespace saccade {

using TextRecords = std::vector<std::pair<std::string, std::string>>;  // keyword, text

// PNG of [height, width, 3] bytes with text records (iTXt, UTF-8) and, where dpi > 0, its resolution.
std::string encode_png(std::span<const std::uint8_t> rgb, int width, int height,
                       const TextRecords& records, double dpi = 0);
// Baseline JPEG 4:2:0 of the given quality, 1 to 100.
std::string encode_jpeg(const Image& image, int quality);

}  // namespace saccade
