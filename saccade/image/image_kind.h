// Whether a file is a JPEG or a PNG, by its first bytes.
#pragma once

#include <cstddef>
#include <optional>
#include <span>
#include <string>
#include <string_view>

namespace saccade {

enum class ImageKind { kJpeg, kPng };

inline constexpr std::string_view kPngSignature = "\x89PNG\r\n\x1a\n";

// Nothing for any other file.
std::optional<ImageKind> image_kind(std::span<const std::byte> bytes);
// Throws Error that starts with `name`: empty, neither of the two.
ImageKind image_kind(std::span<const std::byte> bytes, const std::string& name);

// Whether these bytes stand there.
bool has_bytes_at(std::span<const std::byte> bytes, std::size_t at, std::string_view wanted);

}  // namespace saccade
