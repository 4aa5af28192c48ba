// Reading JPEG and PNG; bit parity with Pillow is in tests/image/test_against_pillow.py and the goldens.
#include "saccade/image/decode.h"

#include <gtest/gtest.h>

#include "saccade/core/error.h"
#include "saccade/core/file_io.h"
#include "saccade/image/encode.h"
#include "saccade/image/exif.h"
#include "tests/support/tell_fault.h"

namespace saccade {
namespace {

std::span<const std::byte> as_bytes(const std::string& text) {
  return std::as_bytes(std::span<const char>(text.data(), text.size()));
}

// A picture whose pixels all differ, so that a turn in the wrong direction shows.
Image numbered(int width, int height) {
  Image image(width, height);
  for (std::size_t i = 0; i < image.rgb.size(); ++i)
    image.rgb[i] = static_cast<std::uint8_t>(i * 37 % 251);
  return image;
}

std::string message_of(const std::string& bytes) {
  try {
    decode_image(as_bytes(bytes), "a.png", false);
  } catch (const Error& error) {
    return error.what();
  }
  return "";
}

TEST(Decode, PngComesBackWithTheSamePixels) {
  const Image image = numbered(7, 5);
  const Image back =
      decode_image(as_bytes(encode_png(image.rgb, 7, 5, {{"Comment", "x"}}, 300)), "a.png", false);
  EXPECT_EQ(back.width, 7);
  EXPECT_EQ(back.height, 5);
  EXPECT_EQ(back.rgb, image.rgb);
}

TEST(Decode, FilesThatAreNoPictureSaySo) {
  EXPECT_EQ(message_of(""), "a.png: is empty (0 bytes)");
  EXPECT_EQ(message_of("GIF89a......"), "a.png: not a JPEG or PNG file; convert it first");
}

// Every cut of a small file is an error that names the file, never a crash or a silent half picture.
TEST(Decode, EveryCutOffFileIsAnError) {
  const Image image = numbered(33, 17);
  std::int64_t cuts = 0;
  for (const std::string& bytes : {encode_png(image.rgb, 33, 17, {}), encode_jpeg(image, 90)}) {
    for (std::size_t size = 0; size + 2 < bytes.size(); ++size) {
      const std::string message = message_of(bytes.substr(0, size));
      ASSERT_EQ(message.rfind("a.png: ", 0), 0u)
          << size << " of " << bytes.size() << ": " << message;
    }
    cuts += std::ssize(bytes) - 2;
  }
  tell_fault("JPEG and PNG cut off at every byte", cuts, "each an error that names the file");
}

// A header that claims 100,000 x 100,000 pixels is refused before memory is asked for.
TEST(Decode, HugeHeadersAreRefused) {
  std::string png = encode_png(numbered(2, 2).rgb, 2, 2, {});
  for (const std::size_t at : {16u, 20u}) png.replace(at, 4, std::string("\x00\x01\x86\xA0", 4));
  EXPECT_NE(message_of(png), "");
  try {
    check_image_size(100'000, 100'000, "a.png");
    FAIL();
  } catch (const Error& error) {
    EXPECT_NE(std::string(error.what()).find("100000 x 100000"), std::string::npos);
  }
}

// Each pass over the picture costs the time of the whole: small files could ask for thousands.
TEST(Decode, EndlessPassesOverAPictureAreRefused) {
  const std::string whole =
      read_file(SACCADE_SOURCE_DIR "/tests/goldens/data_pipeline/images/progressive_444.jpg");
  ASSERT_EQ(message_of(whole), "");
  const std::size_t scan = whole.rfind("\xFF\xDA"), end = whole.rfind("\xFF\xD9");
  ASSERT_LT(scan, end);
  std::string bytes = whole.substr(0, end);
  for (int i = 0; i < 600; ++i) bytes.append(whole, scan, end - scan);
  EXPECT_EQ(message_of(bytes + whole.substr(end)),
            "a.png: cut off or broken JPEG (more than 500 scans)");
}

// Orientation 6 (camera turned clockwise): the first stored row becomes the right column.
TEST(Exif, Orientation6TurnsClockwise) {
  const Image image = numbered(3, 2);
  const Image up = turn_upright(image, 6);
  ASSERT_EQ(up.width, 2);
  ASSERT_EQ(up.height, 3);
  EXPECT_EQ(up.row(0)[3], image.row(0)[0]);
  EXPECT_EQ(up.row(2)[3], image.row(0)[6]);
  EXPECT_EQ(up.row(0)[0], image.row(1)[0]);
}

// Turning by an orientation and by its inverse gives the picture back.
TEST(Exif, OrientationsHaveInverses) {
  const Image image = numbered(5, 3);
  for (const auto& [there, back] :
       {std::pair{2, 2}, {3, 3}, {4, 4}, {5, 5}, {6, 8}, {7, 7}, {8, 6}}) {
    EXPECT_EQ(turn_upright(turn_upright(image, there), back).rgb, image.rgb) << there;
  }
}

TEST(Exif, BrokenTagsMeanAsStored) {
  const std::string jpeg = encode_jpeg(numbered(8, 8), 90);
  EXPECT_EQ(jpeg_orientation(as_bytes(jpeg)), 1);
  // An APP1 block whose directory offset points outside.
  const std::string block("Exif\0\0MM\0*\x7f\xff\xff\xff", 14);
  const std::string bytes =
      jpeg.substr(0, 2) + "\xFF\xE1" + std::string("\0\x10", 2) + block + jpeg.substr(2);
  EXPECT_EQ(jpeg_orientation(as_bytes(bytes)), 1);
}

}  // namespace
}  // namespace saccade
