// What an image file is, without decoding it.
#include "saccade/image/image_probe.h"

#include <cstdint>
#include <cstring>
#include <span>

#include "saccade/core/error.h"
#include "saccade/core/file_io.h"
#include "saccade/image/decode.h"
#include "saccade/image/exif.h"
#include "saccade/image/image_kind.h"

namespace saccade {
namespace {

using Bytes = std::span<const std::byte>;

// Big-endian; the caller has checked that the bytes are there.
std::uint32_t integer_at(Bytes bytes, std::size_t at, int size) {
  std::uint32_t value = 0;
  for (int i = 0; i < size; ++i) value = value << 8 | std::to_integer<std::uint32_t>(bytes[at + i]);
  return value;
}

constexpr unsigned kEndOfImage = 0xD9, kStartOfScan = 0xDA, kTemporary = 0x01;

// Start-of-frame markers carry the size; DHT, JPG and DAC lie among their numbers.
bool is_frame(unsigned marker) {
  return marker >= 0xC0 && marker <= 0xCF && marker != 0xC4 && marker != 0xC8 && marker != 0xCC;
}

// Markers without a length: restarts, start and end of image.
bool stands_alone(unsigned marker) {
  return marker == kTemporary || (marker >= 0xD0 && marker <= 0xD9);
}

class JpegWalk {
 public:
  JpegWalk(Bytes bytes, const std::string& name) : bytes_(bytes), name_(name) {}

  ImageProbe walk() {
    ImageProbe probe;
    at_ = 2;
    for (unsigned marker = next_marker(); marker != kEndOfImage; marker = next_marker()) {
      if (stands_alone(marker)) continue;
      const std::size_t size = segment_size();
      if (is_frame(marker) && probe.width == 0) read_size(size, probe);
      at_ += size;
      if (marker == kStartOfScan) pass_scan();
    }
    if (probe.width == 0) throw Error(text_of(name_, ": broken JPEG (no picture in it)"));
    return probe;
  }

 private:
  [[noreturn]] void cut_off() const {
    throw Error(text_of(name_, ": cut off or broken JPEG (no end marker)"));
  }

  // libjpeg skips what stands before a marker, so we do.
  unsigned next_marker() {
    while (true) {
      const void* found = at_ < bytes_.size()
                              ? std::memchr(bytes_.data() + at_, 0xFF, bytes_.size() - at_)
                              : nullptr;
      if (found == nullptr) cut_off();
      at_ = static_cast<const std::byte*>(found) - bytes_.data() + 1;
      while (at_ < bytes_.size() && bytes_[at_] == std::byte{0xFF}) ++at_;
      if (at_ >= bytes_.size()) cut_off();
      if (const auto marker = std::to_integer<unsigned>(bytes_[at_++]); marker != 0) return marker;
    }
  }

  std::size_t segment_size() const {
    if (bytes_.size() - at_ < 2) cut_off();
    const std::size_t size = integer_at(bytes_, at_, 2);
    if (size < 2) throw Error(text_of(name_, ": broken JPEG (a segment of ", size, " bytes)"));
    if (size > bytes_.size() - at_) cut_off();
    return size;
  }

  void read_size(std::size_t size, ImageProbe& probe) const {
    if (size < 7) throw Error(text_of(name_, ": broken JPEG (its frame is too short)"));
    const std::uint32_t height = integer_at(bytes_, at_ + 3, 2);
    const std::uint32_t width = integer_at(bytes_, at_ + 5, 2);
    check_image_size(width, height, name_);
    probe.width = static_cast<int>(width);
    probe.height = static_cast<int>(height);
  }

  // To the first marker behind compressed data: there, 0xFF 0x00 is a byte and restarts go on.
  void pass_scan() {
    while (true) {
      const unsigned marker = next_marker();
      if (marker >= 0xD0 && marker <= 0xD7) continue;
      at_ -= 2;
      return;
    }
  }

  Bytes bytes_;
  const std::string& name_;
  std::size_t at_ = 0;
};

ImageProbe probe_png(Bytes bytes, const std::string& name) {
  const auto cut_off = [&] { throw Error(text_of(name, ": cut off PNG (no IEND)")); };
  ImageProbe probe;
  for (std::size_t at = 8;;) {
    if (bytes.size() - at < 12) cut_off();
    const std::size_t size = integer_at(bytes, at, 4);
    if (size > bytes.size() - at - 12) cut_off();
    if (at == 8) {
      if (!has_bytes_at(bytes, at + 4, "IHDR") || size != 13)
        throw Error(text_of(name, ": broken PNG (it does not begin with IHDR)"));
      check_image_size(integer_at(bytes, at + 8, 4), integer_at(bytes, at + 12, 4), name);
      probe.width = static_cast<int>(integer_at(bytes, at + 8, 4));
      probe.height = static_cast<int>(integer_at(bytes, at + 12, 4));
    }
    if (has_bytes_at(bytes, at + 4, "IEND")) return probe;
    at += size + 12;
  }
}

}  // namespace

ImageProbe probe_image(Bytes bytes, const std::string& name) {
  const bool jpeg = image_kind(bytes, name) == ImageKind::kJpeg;
  ImageProbe probe = jpeg ? JpegWalk(bytes, name).walk() : probe_png(bytes, name);
  probe.orientation = jpeg ? jpeg_orientation(bytes) : png_orientation(bytes);
  return probe;
}

ImageProbe probe_image_file(const std::filesystem::path& path) {
  const std::string bytes = read_file(path);
  return probe_image(std::as_bytes(std::span(bytes)), path.string());
}

}  // namespace saccade
