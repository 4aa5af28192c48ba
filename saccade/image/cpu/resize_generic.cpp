// The resize kernels in portable C++: what the others are tested against.
#include <algorithm>

#include "saccade/image/cpu/resize_kernels.h"

namespace saccade {
namespace {

std::int32_t to_byte(std::int32_t sum) { return std::min(sum >> kWeightBits, 255); }

void split(const std::uint8_t* rgb, int width, std::uint8_t* const* planes) {
  for (int x = 0; x < width; ++x, rgb += 3) {
    for (int c = 0; c < 3; ++c) planes[c][x] = rgb[c];
  }
}

void join(const std::uint8_t* const* planes, int width, std::uint8_t* rgb) {
  for (int x = 0; x < width; ++x, rgb += 3) {
    for (int c = 0; c < 3; ++c) rgb[c] = planes[c][x];
  }
}

void mirror(const std::uint8_t* from, int width, std::uint8_t* to) {
  std::reverse_copy(from, from + width, to);
}

void across(const AcrossTaps& across_taps, const std::uint8_t* const* from,
            std::uint8_t* const* to) {
  const ResizeTaps& taps = *across_taps.plain;
  for (int c = 0; c < 3; ++c) {
    for (int x = 0; x < taps.out; ++x) {
      const std::int32_t* weights = taps.weights_of(x);
      const std::uint8_t* pixels = from[c] + taps.first[x];
      std::int32_t sum = kHalfWeight;
      for (int k = 0; k < taps.count[x]; ++k) sum += pixels[k] * weights[k];
      to[c][x] = static_cast<std::uint8_t>(to_byte(sum));
    }
  }
}

// Calls store(x, byte) for each pixel of the row.
template <typename Store>
void down(const RowTaps& taps, int width, const Store& store) {
  constexpr int kBlock = 256;
  std::int32_t sums[kBlock];
  for (int start = 0; start < width; start += kBlock) {
    const int size = std::min(kBlock, width - start);
    std::fill_n(sums, size, kHalfWeight);
    for (int k = 0; k < taps.count; ++k) {
      const std::uint8_t* row = taps.rows[k] + start;
      for (int i = 0; i < size; ++i) sums[i] += row[i] * taps.weights[k];
    }
    for (int i = 0; i < size; ++i) store(start + i, to_byte(sums[i]));
  }
}

void down_to_bytes(const RowTaps& taps, int width, std::uint8_t* to) {
  down(taps, width, [to](int x, std::int32_t byte) { to[x] = static_cast<std::uint8_t>(byte); });
}

void down_to_floats(const RowTaps& taps, int width, const ChannelNorm& norm, float* to) {
  down(taps, width, [&](int x, std::int32_t byte) { to[x] = norm.of_byte[byte]; });
}

}  // namespace

const ResizeKernels& resize_kernels_generic() {
  static constexpr ResizeKernels kKernels{split,         join,           mirror, across,
                                          down_to_bytes, down_to_floats, false};
  return kKernels;
}

}  // namespace saccade
