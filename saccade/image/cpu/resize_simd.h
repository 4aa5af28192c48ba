// The resize kernels once for all vector widths; cpu/resize_<set>.cpp names the intrinsics.
//
// Everything here has internal linkage and no standard library code is called: a function compiled
// for AVX-512 must never be the one the linker keeps for files that run everywhere.
#pragma once

#include <immintrin.h>

#include "saccade/image/cpu/resize_kernels.h"

namespace saccade {
namespace {

// Byte masks that move between RGB pixels and planes: mask[c][part] picks, of 16 bytes, those of
// channel c (split) or of plane c (join); 0x80 gives 0.
struct ChannelMasks {
  alignas(16) std::uint8_t split[3][3][16];
  alignas(16) std::uint8_t join[3][3][16];
};

constexpr ChannelMasks make_channel_masks() {
  ChannelMasks masks{};
  for (int c = 0; c < 3; ++c) {
    for (int part = 0; part < 3; ++part) {
      for (int i = 0; i < 16; ++i) {
        const int from = 3 * i + c - 16 * part;  // pixel i's byte within the part
        masks.split[c][part][i] = static_cast<std::uint8_t>(from >= 0 && from < 16 ? from : 0x80);
        const int byte = 16 * part + i;  // of the pixels
        masks.join[part][c][i] = static_cast<std::uint8_t>(byte % 3 == c ? byte / 3 : 0x80);
      }
    }
  }
  return masks;
}

constexpr ChannelMasks kMasks = make_channel_masks();

[[gnu::always_inline]] inline __m128i load16(const void* p) {
  return _mm_loadu_si128(static_cast<const __m128i*>(p));
}

[[gnu::always_inline]] inline __m128i pick(__m128i a, __m128i b, __m128i c,
                                           const std::uint8_t (&masks)[3][16]) {
  return _mm_or_si128(
      _mm_or_si128(_mm_shuffle_epi8(a, load16(masks[0])), _mm_shuffle_epi8(b, load16(masks[1]))),
      _mm_shuffle_epi8(c, load16(masks[2])));
}

inline void split(const std::uint8_t* rgb, int width, std::uint8_t* const* planes) {
  int x = 0;
  for (; x + 16 <= width; x += 16, rgb += 48) {
    const __m128i a = load16(rgb), b = load16(rgb + 16), c = load16(rgb + 32);
    for (int channel = 0; channel < 3; ++channel) {
      _mm_storeu_si128(reinterpret_cast<__m128i*>(planes[channel] + x),
                       pick(a, b, c, kMasks.split[channel]));
    }
  }
  for (; x < width; ++x, rgb += 3) {
    for (int c = 0; c < 3; ++c) planes[c][x] = rgb[c];
  }
}

inline void join(const std::uint8_t* const* planes, int width, std::uint8_t* rgb) {
  int x = 0;
  for (; x + 16 <= width; x += 16, rgb += 48) {
    const __m128i r = load16(planes[0] + x), g = load16(planes[1] + x), b = load16(planes[2] + x);
    for (int part = 0; part < 3; ++part) {
      _mm_storeu_si128(reinterpret_cast<__m128i*>(rgb + 16 * part),
                       pick(r, g, b, kMasks.join[part]));
    }
  }
  for (; x < width; ++x, rgb += 3) {
    for (int c = 0; c < 3; ++c) rgb[c] = planes[c][x];
  }
}

inline void mirror(const std::uint8_t* from, int width, std::uint8_t* to) {
  const __m128i backwards = _mm_setr_epi8(15, 14, 13, 12, 11, 10, 9, 8, 7, 6, 5, 4, 3, 2, 1, 0);
  int x = 0;
  for (; x + 16 <= width; x += 16) {
    _mm_storeu_si128(reinterpret_cast<__m128i*>(to + x),
                     _mm_shuffle_epi8(load16(from + width - 16 - x), backwards));
  }
  for (; x < width; ++x) to[x] = from[width - 1 - x];
}

template <class V>
[[gnu::always_inline]] inline typename V::I rounded_bytes(typename V::I high, typename V::I low) {
  const auto sum =
      V::add(V::add(V::template shift_left<kLowBits>(high), low), V::set1(kHalfWeight));
  return V::template shift_right<kWeightBits>(sum);
}

// kSteps 0: any number, read from the taps.
template <class V, int kSteps>
void across_pairs(const AcrossTaps& taps, const std::uint8_t* const* from,
                  std::uint8_t* const* to) {
  const int groups = (taps.out + kGroup - 1) / kGroup;
  const int steps = kSteps > 0 ? kSteps : taps.steps;
  const std::int32_t* window = taps.window;
  const std::uint8_t* shuffle = taps.shuffle;
  const std::int16_t* weights = taps.weights;
  for (int g = 0; g < groups; ++g) {
    for (int lane = 0; lane < kGroup; lane += V::kLanes) {
      const int first = g * kGroup + lane;
      for (int c = 0; c < 3; ++c) {
        auto high = V::zero(), low = V::zero();
        for (int k = 0; k < steps; ++k) {
          const std::int16_t* step =
              weights + (static_cast<std::size_t>(g) * steps + k) * 64 + std::size_t{2} * lane;
          const auto pairs = V::shuffled_pairs(from[c] + 2 * k, window + first / 8,
                                               shuffle + std::size_t{2} * first);
          high = V::add(high, V::multiply_add(pairs, V::load(step)));
          low = V::add(low, V::multiply_add(pairs, V::load(step + 32)));
        }
        V::store_bytes(to[c] + first, rounded_bytes<V>(high, low));
      }
    }
  }
}

[[gnu::always_inline]] inline std::int32_t sum_of(__m256i a) {
  __m128i sum = _mm_add_epi32(_mm256_castsi256_si128(a), _mm256_extracti128_si256(a, 1));
  sum = _mm_add_epi32(sum, _mm_shuffle_epi32(sum, 0x4e));
  return _mm_cvtsi128_si32(_mm_add_epi32(sum, _mm_shuffle_epi32(sum, 0xb1)));
}

// 256-bit vectors in every set: a stretch of taps is seldom longer than 16.
inline void across_dots(const AcrossTaps& taps, const std::uint8_t* const* from,
                        std::uint8_t* const* to) {
  const int out = taps.out;
  const int* first = taps.first;
  const std::int16_t* weights = taps.weights;
  for (int x = 0; x < out; ++x, weights += taps.steps * 32) {
    for (int c = 0; c < 3; ++c) {
      __m256i high = _mm256_setzero_si256(), low = _mm256_setzero_si256();
      for (int k = 0; k < taps.steps; ++k) {
        const auto* step = reinterpret_cast<const __m256i*>(weights + k * 32);
        const __m256i pixels = _mm256_cvtepu8_epi16(load16(from[c] + first[x] + 16 * k));
        high = _mm256_add_epi32(high, _mm256_madd_epi16(pixels, _mm256_loadu_si256(step)));
        low = _mm256_add_epi32(low, _mm256_madd_epi16(pixels, _mm256_loadu_si256(step + 1)));
      }
      const std::int32_t sum = sum_of(_mm256_add_epi32(_mm256_slli_epi32(high, kLowBits), low));
      const std::int32_t byte = (sum + kHalfWeight) >> kWeightBits;
      to[c][x] = static_cast<std::uint8_t>(byte < 255 ? byte : 255);
    }
  }
}

template <class V>
void across(const AcrossTaps& taps, const std::uint8_t* const* from, std::uint8_t* const* to) {
  if (taps.form == AcrossTaps::Form::kDots) return across_dots(taps, from, to);
  if (taps.steps == 1) return across_pairs<V, 1>(taps, from, to);
  if (taps.steps == 2) return across_pairs<V, 2>(taps, from, to);
  across_pairs<V, 0>(taps, from, to);
}

// kLanes pixels from x on, as integers 0 to 255.
template <class V, int kPairs>
[[gnu::always_inline]] inline typename V::I sum_rows(const RowTaps& taps, int x) {
  const int pairs = kPairs > 0 ? kPairs : (taps.count + 1) / 2;
  auto high = V::zero(), low = V::zero();
  for (int k = 0; k < pairs; ++k) {
    const auto pixels = V::row_pairs(taps.rows[2 * k] + x, taps.rows[2 * k + 1] + x);
    high = V::add(high, V::multiply_add(pixels, V::set1(taps.high[k])));
    low = V::add(low, V::multiply_add(pixels, V::set1(taps.low[k])));
  }
  return rounded_bytes<V>(high, low);
}

template <class V, int kPairs>
void down_bytes(const RowTaps& taps, int width, std::uint8_t* to) {
  for (int x = 0; x < width; x += V::kLanes) V::store_bytes(to + x, sum_rows<V, kPairs>(taps, x));
}

template <class V>
[[gnu::always_inline]] inline typename V::F normalised(typename V::I bytes,
                                                       const ChannelNorm& norm) {
  const auto pixel = V::to_float(V::min(bytes, V::set1(255)));
  const auto share =
      V::fma(pixel, V::set1(norm.byte_inverse), V::mul(pixel, V::set1(norm.byte_inverse_rest)));
  const auto centred = V::sub(share, V::set1(norm.mean));
  return V::fma(centred, V::set1(norm.deviation_inverse),
                V::mul(centred, V::set1(norm.deviation_inverse_rest)));
}

template <class V, int kPairs>
void down_floats(const RowTaps& taps, int width, const ChannelNorm& norm, float* to) {
  int x = 0;
  for (; x + V::kLanes <= width; x += V::kLanes)
    V::store(to + x, normalised<V>(sum_rows<V, kPairs>(taps, x), norm));
  if (x < width)
    V::store_first(to + x, width - x, normalised<V>(sum_rows<V, kPairs>(taps, x), norm));
}

template <class V>
void down_to_bytes(const RowTaps& taps, int width, std::uint8_t* to) {
  if (taps.count <= 2) return down_bytes<V, 1>(taps, width, to);
  down_bytes<V, 0>(taps, width, to);
}

template <class V>
void down_to_floats(const RowTaps& taps, int width, const ChannelNorm& norm, float* to) {
  if (taps.count <= 2) return down_floats<V, 1>(taps, width, norm, to);
  down_floats<V, 0>(taps, width, norm, to);
}

template <class V>
constexpr ResizeKernels kernels_of() {
  return {split, join, mirror, across<V>, down_to_bytes<V>, down_to_floats<V>};
}

}  // namespace
}  // namespace saccade
