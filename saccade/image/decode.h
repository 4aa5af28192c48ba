// Reads JPEG and PNG as Pillow's Image.open(file).convert("RGB") does, bit for bit.
#pragma once

#include <cstddef>
#include <filesystem>
#include <span>
#include <string>

#include "saccade/image/image.h"

namespace saccade {

// Decodes a file's bytes. Alpha and palette transparency are dropped, not blended; 16-bit samples
// keep their high byte; grey becomes three equal channels; CMYK and YCCK become RGB.
// `apply_exif` turns the image upright as its EXIF orientation says (data sets: false, as official).
// Throws Error that starts with `name`: not a JPEG or PNG, empty, cut off, broken, too large.
Image decode_image(std::span<const std::byte> bytes, const std::string& name, bool apply_exif);

// decode_image of a file.
Image read_image(const std::filesystem::path& path, bool apply_exif);

// Whether a file's name is that of a picture of any common kind, also of those that are not read here:
// they are to be reported, not passed over.
bool is_image_name(const std::filesystem::path& path);

// The two decoders behind it; `bytes` start with the format's signature.
Image decode_jpeg(std::span<const std::byte> bytes, const std::string& name);
Image decode_png(std::span<const std::byte> bytes, const std::string& name);

// Throws Error when an image of this size is too large or has no pixels.
void check_image_size(std::int64_t width, std::int64_t height, const std::string& name);

}  // namespace saccade
