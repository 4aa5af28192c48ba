// JPEG and PNG: size and orientation are the same with and without decoding, and the pixels come back from a PNG.
#include "saccade/image/decode.h"
#include "saccade/image/encode.h"
#include "saccade/image/exif.h"
#include "saccade/image/image_probe.h"
#include "tests/fuzz/fuzz.h"

namespace saccade::fuzz {
namespace {

// Larger ones are refused or decoded all the same, but take seconds each.
constexpr std::int64_t kMaxPixels = 1 << 18;

}  // namespace

void check_input(std::string_view input) {
  const auto bytes = bytes_of(input);
  const ImageProbe probe = probe_image(bytes, "input");
  require(probe.orientation >= 1 && probe.orientation <= 8, "orientations are 1 to 8");
  if (std::int64_t{1} * probe.width * probe.height > kMaxPixels) return;
  const Image image = decode_image(bytes, "input", false);
  require(image.width == probe.width && image.height == probe.height,
          "a decoded image is as large as it says");
  const Image upright = decode_image(bytes, "input", true);
  require(upright.width == (probe.orientation > 4 ? image.height : image.width),
          "orientations 5 to 8 swap the sides");
  const std::string png = encode_png(image.rgb, image.width, image.height, {});
  require(decode_image(bytes_of(png), "copy", false).rgb == image.rgb,
          "pixels come back from a PNG");
}

}  // namespace saccade::fuzz
