// Animated PNG files. tests/cli/test_follow.py has another library read what the program writes.
#include "saccade/image/png_animation.h"

#include <gtest/gtest.h>

#include <sstream>
#include <span>
#include <vector>

#include "saccade/core/error.h"
#include "saccade/image/decode.h"
#include "saccade/image/encode.h"

namespace saccade {
namespace {

std::string frame_of(std::uint8_t value, int width = 40, int height = 30) {
  const std::vector<std::uint8_t> rgb(static_cast<std::size_t>(3 * width * height), value);
  return encode_png(rgb, width, height, {{"Title", "frame"}});
}

std::size_t count_of(const std::string& text, const std::string& word) {
  std::size_t count = 0;
  for (std::size_t at = text.find(word); at != std::string::npos; at = text.find(word, at + 1))
    ++count;
  return count;
}

TEST(PngAnimation, IsAPngOfItsFirstFrame) {
  std::ostringstream out;
  PngAnimation animation(out, 3, 25);
  for (const int value : {10, 20, 30}) animation.add(frame_of(static_cast<std::uint8_t>(value)));
  animation.finish();
  const std::string bytes = out.str();
  // libpng checks order and sums of the chunks it knows.
  const Image first = decode_image(std::as_bytes(std::span(bytes)), "animation", false);
  EXPECT_EQ(first.width, 40);
  EXPECT_EQ(first.row(29)[119], 10);
  EXPECT_EQ(count_of(bytes, "fcTL"), 3u);
  EXPECT_EQ(count_of(bytes, "IDAT"), 1u);
  EXPECT_EQ(count_of(bytes, "fdAT"), 2u);
  EXPECT_EQ(count_of(bytes, "iTXt"), 1u);
}

TEST(PngAnimation, RefusesWhatIsNoFrameOfIt) {
  std::ostringstream out;
  PngAnimation animation(out, 2, 25);
  EXPECT_THROW(animation.add("GIF89a"), Error);
  const std::string whole = frame_of(1);
  for (std::size_t size = 0; size < whole.size(); size += 7)
    EXPECT_THROW(animation.add(whole.substr(0, size)), Error) << size;
  animation.add(whole);
  EXPECT_THROW(animation.add(frame_of(2, 41, 30)), Error);
  EXPECT_THROW(animation.finish(), Error);
  animation.add(frame_of(2));
  EXPECT_THROW(animation.add(frame_of(3)), Error);
}

}  // namespace
}  // namespace saccade
