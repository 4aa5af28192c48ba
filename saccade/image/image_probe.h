// What an image file is, without decoding it: its size, and whether it is whole.
#pragma once

#include <cstddef>
#include <filesystem>
#include <span>
#include <string>

#include "saccade/image/resize.h"

namespace saccade {

struct ImageProbe {
  int width = 0, height = 0;  // pixels as stored
  int orientation = 1;        // EXIF, 1 to 8; 1: upright

  // Of the image as decode_image gives it.
  ImageSize shown_size(bool apply_exif) const {
    const bool is_turned = apply_exif && orientation >= 5;
    return is_turned ? ImageSize{height, width} : ImageSize{width, height};
  }
};

// Reads the header and looks for the end of the picture: JPEG's end marker outside of segments, PNG's
// chunk IEND. Throws Error that starts with `name`: empty, not a JPEG or PNG, broken, cut off, too
// large. Pixels may still be damaged; decode_image finds that.
ImageProbe probe_image(std::span<const std::byte> bytes, const std::string& name);

// probe_image of a file.
ImageProbe probe_image_file(const std::filesystem::path& path);

}  // namespace saccade
