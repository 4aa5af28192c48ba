// Chooses the decoder by the file's first bytes.
#include "saccade/image/decode.h"

#include <algorithm>
#include <array>
#include <cctype>
#include <span>
#include <string_view>

#include "saccade/core/error.h"
#include "saccade/core/file_io.h"
#include "saccade/image/exif.h"
#include "saccade/image/image_kind.h"

namespace saccade {

bool is_image_name(const std::filesystem::path& path) {
  static constexpr std::array<std::string_view, 9> kSuffixes = {
      ".jpg", ".jpeg", ".png", ".gif", ".bmp", ".webp", ".tif", ".tiff", ".jfif"};
  std::string suffix = path.extension().string();
  std::transform(suffix.begin(), suffix.end(), suffix.begin(),
                 [](unsigned char c) { return std::tolower(c); });
  return std::find(kSuffixes.begin(), kSuffixes.end(), suffix) != kSuffixes.end();
}

void check_image_size(std::int64_t width, std::int64_t height, const std::string& name) {
  if (width <= 0 || height <= 0)
    throw Error(text_of(name, ": has no pixels (", width, " x ", height, ")"));
  if (width > kMaxImagePixels / height) {
    throw Error(text_of(name, ": ", width, " x ", height, " pixels are too many, at most ",
                        kMaxImagePixels, " are read; make it smaller first"));
  }
}

Image decode_image(std::span<const std::byte> bytes, const std::string& name, bool apply_exif) {
  const bool jpeg = image_kind(bytes, name) == ImageKind::kJpeg;
  Image image = jpeg ? decode_jpeg(bytes, name) : decode_png(bytes, name);
  if (!apply_exif) return image;
  return turn_upright(std::move(image), jpeg ? jpeg_orientation(bytes) : png_orientation(bytes));
}

Image read_image(const std::filesystem::path& path, bool apply_exif) {
  // Read, not mapped: a file that shrinks meanwhile is an error then, not a crash.
  const std::string bytes = read_file(path);
  return decode_image(std::as_bytes(std::span(bytes)), path.string(), apply_exif);
}

}  // namespace saccade
