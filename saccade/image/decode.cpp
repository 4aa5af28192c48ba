// Chooses the decoder by the file's first bytes.
#include "saccade/image/decode.h"

#include <algorithm>
#include <array>
#include <cctype>
#include <string_view>
#include <span>

#include "saccade/core/error.h"
#include "saccade/core/file_io.h"
#include "saccade/image/exif.h"

namespace saccade {
namespace {

bool starts_with(std::span<const std::byte> bytes, std::span<const unsigned char> signature) {
  return bytes.size() >= signature.size() &&
         std::equal(signature.begin(), signature.end(), bytes.begin(),
                    [](unsigned char a, std::byte b) { return std::byte{a} == b; });
}

constexpr std::array<unsigned char, 3> kJpeg = {0xFF, 0xD8, 0xFF};
constexpr std::array<unsigned char, 8> kPng = {0x89, 'P', 'N', 'G', '\r', '\n', 0x1A, '\n'};

}  // namespace

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
  if (bytes.empty()) throw Error(text_of(name, ": is empty (0 bytes)"));
  const bool jpeg = starts_with(bytes, kJpeg);
  if (!jpeg && !starts_with(bytes, kPng)) {
    throw Error(text_of(name, ": not a JPEG or PNG file; convert it first"));
  }
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
