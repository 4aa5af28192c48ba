// Images probed without decoding: size, turn, and whether the end is there.
#include "saccade/image/image_probe.h"

#include <gtest/gtest.h>

#include "saccade/core/error.h"
#include "saccade/core/file_io.h"
#include "saccade/image/decode.h"
#include "saccade/image/encode.h"
#include "tests/support/tell_fault.h"

namespace saccade {
namespace {

constexpr char kPhoto[] = SACCADE_SOURCE_DIR "/tests/assets/000000006818.jpg";

std::span<const std::byte> as_bytes(const std::string& text) {
  return std::as_bytes(std::span<const char>(text.data(), text.size()));
}

ImageProbe probe_text(const std::string& bytes) { return probe_image(as_bytes(bytes), "a.jpg"); }

std::string message_of(const std::string& bytes) {
  try {
    probe_text(bytes);
  } catch (const Error& error) {
    return error.what();
  }
  return "";
}

std::string small_jpeg() {
  Image image(24, 16);
  for (std::size_t i = 0; i < image.rgb.size(); ++i)
    image.rgb[i] = static_cast<std::uint8_t>(i * 37 % 251);
  return encode_jpeg(image, 90);
}

// A segment APP1 with an EXIF block of one tag, the orientation.
std::string exif_segment(char orientation) {
  const std::string tiff("MM\0\x2A\0\0\0\x08\0\x01\x01\x12\0\x03\0\0\0\x01\0", 19);
  const std::string body = std::string("Exif\0\0", 6) + tiff + orientation + std::string(6, '\0');
  return std::string("\xFF\xE1\0", 3) + static_cast<char>(body.size() + 2) + body;
}

TEST(ImageProbe, KnowsTheSizeOfJpegAndPng) {
  const ImageProbe photo = probe_image_file(kPhoto);
  EXPECT_EQ(photo.width, 427);
  EXPECT_EQ(photo.height, 640);
  EXPECT_EQ(photo.orientation, 1);
  const std::vector<std::uint8_t> pixels(7 * 5 * 3);
  const ImageProbe png = probe_text(encode_png(pixels, 7, 5, {}));
  EXPECT_EQ(png.width, 7);
  EXPECT_EQ(png.height, 5);
}

TEST(ImageProbe, ReportsTheTurnButNotTurnedSize) {
  std::string jpeg = small_jpeg();
  jpeg.insert(2, exif_segment(6));
  EXPECT_EQ(probe_text(jpeg).orientation, 6);
  EXPECT_EQ(probe_text(jpeg).width, 24);
}

// The last byte of a PNG and the last marker of a JPEG count.
TEST(ImageProbe, APictureCutOffAnywhereIsNotWhole) {
  const std::vector<std::uint8_t> pixels(40 * 30 * 3, 77);
  std::int64_t cuts = 0;
  for (const std::string& whole : {small_jpeg(), encode_png(pixels, 40, 30, {{"Comment", "x"}})}) {
    EXPECT_EQ(message_of(whole), "");
    cuts += std::ssize(whole);
    for (std::size_t size = 0; size < whole.size(); ++size)
      EXPECT_NE(message_of(whole.substr(0, size)), "") << size << " of " << whole.size();
  }
  const std::string photo = read_file(kPhoto);
  for (std::size_t size = 3; size < photo.size(); size += 1009, ++cuts) {
    EXPECT_NE(message_of(photo.substr(0, size)), "") << size;
  }
  tell_fault("JPEG and PNG cut off, looked at without decoding", cuts,
             "each told to be no whole picture");
}

TEST(ImageProbe, AnEndMarkerWithinASegmentIsNotTheEnd) {
  // A preview in EXIF is a JPEG of its own, with its own end.
  const std::string preview = small_jpeg();
  std::string segment = std::string("\xFF\xE1", 2);
  segment += static_cast<char>((preview.size() + 2) >> 8);
  segment += static_cast<char>((preview.size() + 2) & 0xFF);
  std::string jpeg = small_jpeg();
  jpeg.insert(2, segment + preview);
  EXPECT_EQ(message_of(jpeg), "");
  EXPECT_NE(message_of(jpeg.substr(0, jpeg.size() - 2)), "");
  EXPECT_NE(message_of(jpeg.substr(0, segment.size() + preview.size() + 2)), "");
}

TEST(ImageProbe, BytesBehindTheEndDoNotMatter) {
  EXPECT_EQ(message_of(small_jpeg() + "trailing bytes \xFF\xD8"), "");
}

TEST(ImageProbe, SaysWhatItIsNot) {
  EXPECT_EQ(message_of(""), "a.jpg: is empty (0 bytes)");
  EXPECT_EQ(message_of("GIF89a..."), "a.jpg: not a JPEG or PNG file; convert it first");
  EXPECT_EQ(message_of("\xFF\xD8\xFF\xD9"), "a.jpg: broken JPEG (no picture in it)");
  EXPECT_NE(message_of(std::string("\xFF\xD8\xFF\xE0\0\0", 6)).find("a segment of 0"),
            std::string::npos);
  std::string huge = encode_png(std::vector<std::uint8_t>(3), 1, 1, {});
  huge[16] = 0x7F;  // width of 2^30 and more
  EXPECT_NE(message_of(huge).find("pixels are too many"), std::string::npos);
}

}  // namespace
}  // namespace saccade
