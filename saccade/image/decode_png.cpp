// PNG through libpng: palette, grey, 16 bit and alpha brought to 8-bit RGB as Pillow does.
#include <png.h>

#include <csetjmp>
#include <cstring>
#include <memory>
#include <vector>

#include "saccade/core/error.h"
#include "saccade/image/decode.h"

namespace saccade {
namespace {

struct Decoder {
  png_structp png = nullptr;
  png_infop info = nullptr;
  std::span<const std::byte> bytes;
  std::size_t at = 0;
  std::string message;
  Image image;
  std::vector<png_bytep> rows;
  std::vector<std::uint8_t> grey_16;
  ~Decoder() { png_destroy_read_struct(&png, &info, nullptr); }
};

void leave_on_error(png_structp png, png_const_charp message) {
  static_cast<Decoder*>(png_get_error_ptr(png))->message = message;
  png_longjmp(png, 1);
}

void ignore_warning(png_structp, png_const_charp) {}

void read_bytes(png_structp png, png_bytep to, std::size_t size) {
  auto* decoder = static_cast<Decoder*>(png_get_io_ptr(png));
  if (decoder->bytes.size() - decoder->at < size) png_error(png, "the file ends too early");
  std::memcpy(to, decoder->bytes.data() + decoder->at, size);
  decoder->at += size;
}

// 16-bit grey keeps values up to 255 and saturates above: what Pillow's I;16 -> RGB does.
bool is_grey_16(const Decoder& d) {
  return png_get_bit_depth(d.png, d.info) == 16 &&
         png_get_color_type(d.png, d.info) == PNG_COLOR_TYPE_GRAY;
}

void read_grey_16(Decoder& d) {
  const int passes = png_set_interlace_handling(d.png);
  png_read_update_info(d.png, d.info);
  d.grey_16.resize(std::size_t{2} * d.image.width * d.image.height);
  for (int pass = 0; pass < passes; ++pass) {
    for (int y = 0; y < d.image.height; ++y) {
      png_read_row(d.png, d.grey_16.data() + std::size_t{2} * d.image.width * y, nullptr);
    }
  }
  for (std::size_t i = 0; i < d.grey_16.size() / 2; ++i) {
    const std::uint8_t grey = d.grey_16[2 * i] > 0 ? 255 : d.grey_16[2 * i + 1];
    std::memset(d.image.rgb.data() + 3 * i, grey, 3);
  }
}

void ask_for_rgb(Decoder& d) {
  if (png_get_color_type(d.png, d.info) == PNG_COLOR_TYPE_PALETTE) png_set_palette_to_rgb(d.png);
  png_set_expand_gray_1_2_4_to_8(d.png);
  png_set_strip_16(d.png);
  png_set_strip_alpha(d.png);
  png_set_gray_to_rgb(d.png);
  png_set_interlace_handling(d.png);
  png_read_update_info(d.png, d.info);
}

// Reads everything; leaves by longjmp on a fault, so it owns nothing itself.
void decode_rows(Decoder& d, const std::string& name) {
  png_set_read_fn(d.png, &d, read_bytes);
  png_read_info(d.png, d.info);
  check_image_size(png_get_image_width(d.png, d.info), png_get_image_height(d.png, d.info), name);
  d.image = Image(static_cast<int>(png_get_image_width(d.png, d.info)),
                  static_cast<int>(png_get_image_height(d.png, d.info)));
  if (is_grey_16(d)) {
    read_grey_16(d);
    png_read_end(d.png, nullptr);
    return;
  }
  ask_for_rgb(d);
  if (png_get_rowbytes(d.png, d.info) != std::size_t{3} * d.image.width)
    png_error(d.png, "unknown kind of pixels");
  d.rows.resize(d.image.height);
  for (int y = 0; y < d.image.height; ++y) d.rows[y] = d.image.row(y);
  png_read_image(d.png, d.rows.data());
  png_read_end(d.png, nullptr);
}

}  // namespace

Image decode_png(std::span<const std::byte> bytes, const std::string& name) {
  const auto decoder = std::make_unique<Decoder>();
  decoder->bytes = bytes;
  decoder->png =
      png_create_read_struct(PNG_LIBPNG_VER_STRING, decoder.get(), leave_on_error, ignore_warning);
  if (decoder->png != nullptr) decoder->info = png_create_info_struct(decoder->png);
  if (decoder->info == nullptr) throw Error(text_of(name, ": not enough memory to decode"));
  // libpng's own limit of a million rows or columns is below ours for long strips.
  png_set_user_limits(decoder->png, 0x7fffffff, 0x7fffffff);
  if (setjmp(png_jmpbuf(decoder->png)) != 0) {
    throw Error(text_of(name, ": cut off or broken PNG (", decoder->message, ")"));
  }
  decode_rows(*decoder, name);
  return std::move(decoder->image);
}

}  // namespace saccade
