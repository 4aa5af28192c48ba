// Writes PNG: pixels through libdeflate, the chunks around them through libpng.
#include <libdeflate.h>
#include <png.h>

#include <algorithm>
#include <cmath>
#include <cstdlib>
#include <memory>
#include <new>

#include "saccade/core/error.h"
#include "saccade/image/encode.h"

namespace saccade {
namespace {

constexpr int kCompression = 1;    // higher ones save 6 % for half as much time again
constexpr std::size_t kPixel = 3;  // bytes
constexpr std::size_t kLargestChunk = std::size_t{1} << 30;  // bytes; PNG allows 2^31 - 1

void append_bytes(png_structp png, png_bytep data, std::size_t size) {
  static_cast<std::string*>(png_get_io_ptr(png))->append(reinterpret_cast<const char*>(data), size);
}

void throw_png_error(png_structp, png_const_charp message) {
  throw Error(text_of("cannot encode PNG: ", message));
}

void write_records(png_structp png, png_infop info, const TextRecords& records) {
  std::vector<png_text> texts;
  for (const auto& [keyword, text] : records) {
    png_text item{};
    item.compression = PNG_ITXT_COMPRESSION_NONE;  // iTXt: file names may hold any UTF-8
    item.key = const_cast<char*>(keyword.c_str());
    item.text = const_cast<char*>(text.c_str());
    item.itxt_length = text.size();
    texts.push_back(item);
  }
  png_set_text(png, info, texts.data(), static_cast<int>(texts.size()));
}

// to[i] = row[i] - from[i]; the sum of their sizes, by which encoders guess which differences compress best.
std::int64_t subtract(const std::uint8_t* row, const std::uint8_t* from, std::size_t count,
                      std::uint8_t* to) {
  std::int64_t sum = 0;
  for (std::size_t i = 0; i < count; ++i) {
    to[i] = static_cast<std::uint8_t>(row[i] - from[i]);
    sum += std::abs(static_cast<std::int8_t>(to[i]));
  }
  return sum;
}

// Each row behind the number of its filter: 1, differences from the pixel on the left, or 2, from the one above.
std::vector<std::uint8_t> filtered(std::span<const std::uint8_t> rgb, int width, int height) {
  const std::size_t size = kPixel * width;
  std::vector<std::uint8_t> rows((size + 1) * height), other(size);
  const std::vector<std::uint8_t> black(size);
  for (int y = 0; y < height; ++y) {
    const std::uint8_t* row = rgb.data() + size * y;
    std::uint8_t* to = rows.data() + (size + 1) * y;
    std::copy_n(row, kPixel, to + 1);
    const std::int64_t left = subtract(row + kPixel, row, size - kPixel, to + 1 + kPixel);
    const std::int64_t up = subtract(row, y > 0 ? row - size : black.data(), size, other.data());
    *to = left < up ? PNG_FILTER_VALUE_SUB : PNG_FILTER_VALUE_UP;
    if (*to == PNG_FILTER_VALUE_UP) std::copy(other.begin(), other.end(), to + 1);
  }
  return rows;
}

std::vector<std::uint8_t> compressed(const std::vector<std::uint8_t>& bytes) {
  const std::unique_ptr<libdeflate_compressor, decltype(&libdeflate_free_compressor)> compressor(
      libdeflate_alloc_compressor(kCompression), &libdeflate_free_compressor);
  if (compressor == nullptr) throw std::bad_alloc();
  std::vector<std::uint8_t> out(libdeflate_zlib_compress_bound(compressor.get(), bytes.size()));
  out.resize(libdeflate_zlib_compress(compressor.get(), bytes.data(), bytes.size(), out.data(),
                                      out.size()));
  return out;
}

}  // namespace

std::string encode_png(std::span<const std::uint8_t> rgb, int width, int height,
                       const TextRecords& records, double dpi) {
  std::string out;
  png_structp png =
      png_create_write_struct(PNG_LIBPNG_VER_STRING, nullptr, throw_png_error, nullptr);
  png_infop info = png_create_info_struct(png);
  png_set_write_fn(png, &out, append_bytes, nullptr);
  png_set_IHDR(png, info, width, height, 8, PNG_COLOR_TYPE_RGB, PNG_INTERLACE_NONE,
               PNG_COMPRESSION_TYPE_DEFAULT, PNG_FILTER_TYPE_DEFAULT);
  if (dpi > 0) {
    const auto per_meter = static_cast<png_uint_32>(std::lround(dpi / 0.0254));
    png_set_pHYs(png, info, per_meter, per_meter, PNG_RESOLUTION_METER);
  }
  write_records(png, info, records);
  png_write_info(png, info);
  const std::vector<std::uint8_t> pixels = compressed(filtered(rgb, width, height));
  const auto put = [&](const char* type, std::size_t at, std::size_t size) {
    png_write_chunk(png, reinterpret_cast<png_const_bytep>(type), pixels.data() + at, size);
  };
  for (std::size_t at = 0; at < pixels.size(); at += kLargestChunk)
    put("IDAT", at, std::min(kLargestChunk, pixels.size() - at));
  put("IEND", 0, 0);
  png_destroy_write_struct(&png, &info);
  return out;
}

}  // namespace saccade
