// Finds the EXIF orientation tag; every offset is checked against the bytes that are there.
#include "saccade/image/exif.h"

#include <cstdint>
#include <cstring>
#include <optional>

#include "saccade/image/image_kind.h"

namespace saccade {
namespace {

using Bytes = std::span<const std::byte>;
constexpr std::uint16_t kOrientationTag = 0x0112;

// Unsigned integer of `size` bytes at `at`; nothing outside the bytes.
std::optional<std::uint32_t> integer_at(Bytes bytes, std::size_t at, std::size_t size,
                                        bool big_endian) {
  if (at > bytes.size() || bytes.size() - at < size) return std::nullopt;
  std::uint32_t value = 0;
  for (std::size_t i = 0; i < size; ++i) {
    const auto byte = std::to_integer<std::uint32_t>(bytes[at + (big_endian ? i : size - 1 - i)]);
    value = value << 8 | byte;
  }
  return value;
}

// Orientation in a TIFF block: byte order, first directory, its entries of 12 bytes.
int tiff_orientation(Bytes tiff) {
  const bool big_endian = has_bytes_at(tiff, 0, "MM");
  if (!big_endian && !has_bytes_at(tiff, 0, "II")) return 1;
  const auto directory = integer_at(tiff, 4, 4, big_endian);
  if (!directory) return 1;
  const auto count = integer_at(tiff, *directory, 2, big_endian);
  for (std::uint32_t i = 0; count && i < *count; ++i) {
    const std::size_t entry = std::size_t{*directory} + 2 + std::size_t{i} * 12;
    const auto tag = integer_at(tiff, entry, 2, big_endian);
    if (!tag) return 1;
    if (*tag != kOrientationTag) continue;
    const auto value = integer_at(tiff, entry + 8, 2, big_endian);
    return value && *value >= 1 && *value <= 8 ? static_cast<int>(*value) : 1;
  }
  return 1;
}

}  // namespace

int jpeg_orientation(Bytes jpeg) {
  std::size_t at = 2;
  while (integer_at(jpeg, at, 1, true) == 0xFFu) {
    const auto marker = integer_at(jpeg, at + 1, 1, true);
    const auto length = integer_at(jpeg, at + 2, 2, true);
    if (!marker || !length || *length < 2 || *marker == 0xDA) return 1;  // 0xDA: the picture starts
    if (*marker == 0xE1 && has_bytes_at(jpeg, at + 4, {"Exif\0\0", 6}) && *length > 8) {
      const std::size_t begin = at + 10;
      return tiff_orientation(
          jpeg.subspan(begin, std::min(jpeg.size() - begin, std::size_t{*length} - 8)));
    }
    at += 2 + std::size_t{*length};
  }
  return 1;
}

int png_orientation(Bytes png) {
  std::size_t at = 8;
  while (const auto length = integer_at(png, at, 4, true)) {
    if (has_bytes_at(png, at + 4, "IEND")) return 1;
    const std::size_t begin = at + 8;
    if (begin > png.size() || *length > png.size() - begin) return 1;
    if (has_bytes_at(png, at + 4, "eXIf")) return tiff_orientation(png.subspan(begin, *length));
    at = begin + *length + 4;
  }
  return 1;
}

Image turn_upright(Image image, int orientation) {
  if (orientation <= 1 || orientation > 8) return image;
  const bool swaps = orientation >= 5;
  const int last_x = image.width - 1;
  const int last_y = image.height - 1;
  Image out(swaps ? image.height : image.width, swaps ? image.width : image.height);
  for (int y = 0; y < out.height; ++y) {
    for (int x = 0; x < out.width; ++x) {
      int from_x = swaps ? y : x;
      int from_y = swaps ? x : y;
      if (orientation == 2 || orientation == 3 || orientation == 7 || orientation == 8)
        from_x = last_x - from_x;
      if (orientation == 3 || orientation == 4 || orientation == 6 || orientation == 7)
        from_y = last_y - from_y;
      std::memcpy(out.row(y) + std::size_t{3} * x, image.row(from_y) + std::size_t{3} * from_x, 3);
    }
  }
  return out;
}

}  // namespace saccade
