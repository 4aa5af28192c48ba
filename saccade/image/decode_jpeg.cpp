// JPEG through libjpeg-turbo with its defaults (accurate integer DCT, fancy upsampling), as Pillow.
#include <cstdio>

#include <jpeglib.h>
#include <jerror.h>

#include <algorithm>
#include <csetjmp>
#include <memory>
#include <vector>

#include "saccade/core/error.h"
#include "saccade/image/decode.h"

namespace saccade {
namespace {

// libjpeg reports errors by a call that must not return; longjmp leads back to decode_jpeg.
struct ErrorManager {
  jpeg_error_mgr base;
  std::jmp_buf jump;
  char message[JMSG_LENGTH_MAX];
};

void leave_on_error(j_common_ptr info) {
  auto* errors = reinterpret_cast<ErrorManager*>(info->err);
  info->err->format_message(info, errors->message);
  std::longjmp(errors->jump, 1);
}

// A file that ends too early is a fault: half a picture must not pass as a whole. Other warnings
// (odd markers, damaged blocks) are passed over, as Pillow does.
void leave_on_early_end(j_common_ptr info, int level) {
  if (level < 0 && info->err->msg_code == JWRN_JPEG_EOF) leave_on_error(info);
}

// A picture may be sent in any number of passes over all its pixels: a few kilobytes that ask for thousands of them
// would keep us busy for minutes. Cameras and programs make about ten.
constexpr int kMaxScans = 500;

void leave_on_many_scans(j_common_ptr info) {
  auto* errors = reinterpret_cast<ErrorManager*>(info->err);
  if (reinterpret_cast<j_decompress_ptr>(info)->input_scan_number <= kMaxScans) return;
  std::snprintf(errors->message, sizeof(errors->message), "more than %d scans", kMaxScans);
  std::longjmp(errors->jump, 1);
}

// a * b / 255 rounded, in Pillow's integer form.
int multiply_255(int a, int b) {
  const int t = a * b + 128;
  return ((t >> 8) + t) >> 8;
}

// Pillow reads CMYK inverted (as Adobe writes it) and then mixes with black.
void cmyk_to_rgb(const std::uint8_t* cmyk, std::uint8_t* rgb, int width) {
  for (int x = 0; x < width; ++x, cmyk += 4, rgb += 3) {
    const int white = cmyk[3];
    for (int c = 0; c < 3; ++c)
      rgb[c] = static_cast<std::uint8_t>(white - multiply_255(255 - cmyk[c], white));
  }
}

struct Decoder {
  jpeg_decompress_struct info{};
  ErrorManager errors{};
  jpeg_progress_mgr progress{};
  Image image;
  std::vector<std::uint8_t> cmyk_row;
  ~Decoder() { jpeg_destroy_decompress(&info); }
};

// The decoder writes straight into the picture, a whole row of blocks at a time where it can.
void read_rgb_rows(Decoder& d) {
  constexpr int kRows = 16;
  JSAMPROW rows[kRows];
  while (d.info.output_scanline < d.info.output_height) {
    const int first = static_cast<int>(d.info.output_scanline);
    const int count = std::min(kRows, d.image.height - first);
    for (int i = 0; i < count; ++i) rows[i] = d.image.row(first + i);
    jpeg_read_scanlines(&d.info, rows, static_cast<JDIMENSION>(count));
  }
}

void read_cmyk_rows(Decoder& d) {
  d.cmyk_row.resize(std::size_t{4} * d.info.output_width);
  JSAMPROW row = d.cmyk_row.data();
  while (d.info.output_scanline < d.info.output_height) {
    std::uint8_t* to = d.image.row(static_cast<int>(d.info.output_scanline));
    jpeg_read_scanlines(&d.info, &row, 1);
    cmyk_to_rgb(d.cmyk_row.data(), to, d.image.width);
  }
}

// Reads the header and all rows; leaves by longjmp on a fault, so it owns nothing itself.
void decode_rows(Decoder& d, std::span<const std::byte> bytes, const std::string& name) {
  jpeg_mem_src(&d.info, reinterpret_cast<const unsigned char*>(bytes.data()), bytes.size());
  jpeg_read_header(&d.info, TRUE);
  check_image_size(d.info.image_width, d.info.image_height, name);
  const bool cmyk = d.info.num_components == 4;
  d.info.out_color_space = cmyk ? JCS_CMYK : JCS_RGB;
  jpeg_start_decompress(&d.info);
  d.image = Image(static_cast<int>(d.info.output_width), static_cast<int>(d.info.output_height));
  cmyk ? read_cmyk_rows(d) : read_rgb_rows(d);
  jpeg_finish_decompress(&d.info);
}

}  // namespace

Image decode_jpeg(std::span<const std::byte> bytes, const std::string& name) {
  const auto decoder = std::make_unique<Decoder>();
  decoder->info.err = jpeg_std_error(&decoder->errors.base);
  decoder->errors.base.error_exit = leave_on_error;
  decoder->errors.base.emit_message = leave_on_early_end;
  if (setjmp(decoder->errors.jump) != 0) {
    throw Error(text_of(name, ": cut off or broken JPEG (", decoder->errors.message, ")"));
  }
  jpeg_create_decompress(&decoder->info);
  decoder->progress.progress_monitor = leave_on_many_scans;
  decoder->info.progress = &decoder->progress;
  decode_rows(*decoder, bytes, name);
  return std::move(decoder->image);
}

}  // namespace saccade
