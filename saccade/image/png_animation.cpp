// Joins PNG files into an animated one.
#include "saccade/image/png_animation.h"

#include <zlib.h>

#include <cmath>
#include <functional>
#include <ostream>
#include <utility>
#include <vector>

#include "saccade/core/error.h"
#include "saccade/image/image_kind.h"

namespace saccade {
namespace {

constexpr std::size_t kHeaderLength =
    13;  // of IHDR: width, height, five bytes of the kind of pixels

std::string big_endian(std::uint32_t value) {
  std::string bytes;
  for (const int shift : {24, 16, 8, 0}) bytes += static_cast<char>((value >> shift) & 0xff);
  return bytes;
}

std::string big_endian16(std::uint32_t value) { return big_endian(value).substr(2); }

std::uint32_t read_big_endian(std::string_view bytes) {
  std::uint32_t value = 0;
  for (const char byte : bytes.substr(0, 4)) value = value << 8 | static_cast<std::uint8_t>(byte);
  return value;
}

[[noreturn]] void refuse() { throw Error("a frame of the animation is no whole PNG file"); }

using Visit = std::function<void(std::string_view type, std::string_view data)>;

void each_chunk(std::string_view png, const Visit& visit) {
  if (!png.starts_with(kPngSignature)) refuse();
  png.remove_prefix(kPngSignature.size());
  for (std::string_view type; type != "IEND";) {
    if (png.size() < 12 || read_big_endian(png) > png.size() - 12) refuse();
    const std::size_t length = read_big_endian(png);
    type = png.substr(4, 4);
    visit(type, png.substr(8, length));
    png.remove_prefix(length + 12);
  }
}

// A frame's chunks, sorted by what becomes of them.
struct FrameChunks {
  std::string header, pixels;
  std::vector<std::pair<std::string_view, std::string_view>> before_pixels;  // without the header
};

FrameChunks chunks_of(std::string_view png) {
  FrameChunks frame;
  each_chunk(png, [&](std::string_view type, std::string_view data) {
    if (type == "IHDR") {
      frame.header = data;
    } else if (type == "IDAT") {
      frame.pixels += data;
    } else if (frame.pixels.empty()) {
      frame.before_pixels.emplace_back(type, data);
    }
  });
  if (frame.header.size() != kHeaderLength || frame.pixels.empty()) refuse();
  return frame;
}

}  // namespace

PngAnimation::PngAnimation(std::ostream& out, std::uint32_t frames, double frames_per_second)
    : out_(out), frames_(frames), frames_per_second_(frames_per_second) {}

void PngAnimation::put_chunk(std::string_view type, std::string_view data) {
  const auto* const bytes = reinterpret_cast<const Bytef*>(data.data());
  uLong crc = crc32(0, reinterpret_cast<const Bytef*>(type.data()), 4);
  crc = crc32_z(crc, bytes, data.size());
  out_ << big_endian(static_cast<std::uint32_t>(data.size())) << type << data
       << big_endian(static_cast<std::uint32_t>(crc));
}

// fcTL: number, size, place, how long it is shown, and that it replaces what was there.
void PngAnimation::put_control(std::string_view header) {
  const auto hundredths = static_cast<std::uint32_t>(std::lround(100 * frames_per_second_));
  put_chunk("fcTL", big_endian(sequence_++) + std::string(header.substr(0, 8)) + big_endian(0) +
                        big_endian(0) + big_endian16(100) + big_endian16(hundredths) +
                        std::string(2, '\0'));
}

void PngAnimation::add(std::string_view png) {
  const FrameChunks frame = chunks_of(png);
  if (added_ == frames_) throw Error(text_of("the animation has more than ", frames_, " frames"));
  if (added_ > 0 && frame.header != header_)
    throw Error("the frames of an animation must have one size and one kind of pixels");
  if (added_ == 0) {
    header_ = frame.header;
    out_ << kPngSignature;
    put_chunk("IHDR", header_);
    put_chunk("acTL", big_endian(frames_) + big_endian(0));
    for (const auto& [type, data] : frame.before_pixels) put_chunk(type, data);
  }
  put_control(frame.header);
  if (added_++ == 0) {
    put_chunk("IDAT", frame.pixels);
  } else {
    put_chunk("fdAT", big_endian(sequence_++) + frame.pixels);
  }
}

void PngAnimation::finish() {
  if (added_ != frames_)
    throw Error(text_of("the animation has ", added_, " of ", frames_, " frames"));
  put_chunk("IEND", "");
}

}  // namespace saccade
