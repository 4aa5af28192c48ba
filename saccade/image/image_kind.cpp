// The first bytes of JPEG and PNG files.
#include "saccade/image/image_kind.h"

#include <cstring>

#include "saccade/core/error.h"

namespace saccade {

std::optional<ImageKind> image_kind(std::span<const std::byte> bytes) {
  if (has_bytes_at(bytes, 0, "\xFF\xD8\xFF")) return ImageKind::kJpeg;
  if (has_bytes_at(bytes, 0, kPngSignature)) return ImageKind::kPng;
  return std::nullopt;
}

ImageKind image_kind(std::span<const std::byte> bytes, const std::string& name) {
  if (bytes.empty()) throw Error(text_of(name, ": is empty (0 bytes)"));
  if (const auto kind = image_kind(bytes)) return *kind;
  throw Error(text_of(name, ": not a JPEG or PNG file; convert it first"));
}

bool has_bytes_at(std::span<const std::byte> bytes, std::size_t at, std::string_view wanted) {
  return at <= bytes.size() && bytes.size() - at >= wanted.size() &&
         std::memcmp(bytes.data() + at, wanted.data(), wanted.size()) == 0;
}

}  // namespace saccade
