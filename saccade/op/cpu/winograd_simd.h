// The kernels of winograd_kernels.h once for all vector widths: kLanes floats to a vector and kVectors of them to a
// register tile are named by the file that includes this. As in ms_deform_attn_simd.h all has internal linkage and no
// standard library code is called.
#pragma once

#ifdef __AVX512BF16__
#include <immintrin.h>
#endif

#include "saccade/op/cpu/winograd_kernels.h"

namespace saccade {
namespace {

constexpr int kRows = kWinogradRows;
constexpr int kTile = 6;  // cells along one side of what a tile reads

typedef float F __attribute__((vector_size(kLanes * sizeof(float))));
typedef float Unaligned
    __attribute__((vector_size(kLanes * sizeof(float)), aligned(sizeof(float))));

typedef std::uint32_t U __attribute__((vector_size(kLanes * sizeof(float))));
typedef std::uint16_t Half __attribute__((vector_size(kLanes * sizeof(std::uint16_t)), aligned(2)));

inline F load(const float* p) { return *reinterpret_cast<const Unaligned*>(p); }
// bfloat16 is the upper half of a float.
inline F load(const std::uint16_t* p) {
  return reinterpret_cast<F>(__builtin_convertvector(*reinterpret_cast<const Half*>(p), U) << 16);
}
inline void store(float* p, F a) { *reinterpret_cast<Unaligned*>(p) = a; }
inline F plus_product(F sum, float factor, F w) { return sum + factor * w; }

typedef std::uint32_t Pair;  // bfloat16 of two channels
template <typename Number>
constexpr int kChannels = 1;
template <>
constexpr int kChannels<Pair> = 2;

#ifdef __AVX512BF16__
inline U load(const Pair* p) { return reinterpret_cast<U>(_mm512_loadu_si512(p)); }
inline void store(std::uint16_t* p, F a) {
  _mm256_storeu_si256(reinterpret_cast<__m256i*>(p),
                      reinterpret_cast<__m256i>(_mm512_cvtneps_pbh(a)));
}
inline F plus_product(F sum, Pair factor, U w) {
  const __m512i pair = _mm512_set1_epi32(static_cast<int>(factor));
  return _mm512_dpbf16_ps(sum, reinterpret_cast<__m512bh>(pair), reinterpret_cast<__m512bh>(w));
}
#endif

// The points are 0, a, -a, b, -b and infinity. With the usual 1 and 2 the largest error is three times as large; these
// keep the factors below near one another, and all but those of the weights are exact.
constexpr float kA = 0.625F, kB = 1.5F;
constexpr float kA2 = kA * kA, kB2 = kB * kB;

// B^T d of six numbers that lie `step` apart: the coefficients of the polynomials that are zero at all other points.
[[gnu::always_inline]] inline void turn_six(const F* d, int step, F* to) {
  const F d0 = d[0], d1 = d[step], d2 = d[2 * step], d3 = d[3 * step], d4 = d[4 * step],
          d5 = d[5 * step];
  const F even_a = d4 - kB2 * d2, odd_a = kA * (d3 - kB2 * d1);
  const F even_b = d4 - kA2 * d2, odd_b = kB * (d3 - kA2 * d1);
  to[0] = kA2 * kB2 * d0 - (kA2 + kB2) * d2 + d4;
  to[step] = even_a + odd_a;
  to[2 * step] = even_a - odd_a;
  to[3 * step] = even_b + odd_b;
  to[4 * step] = even_b - odd_b;
  to[5 * step] = kA2 * kB2 * d1 - (kA2 + kB2) * d3 + d5;
}

// A^T m: six numbers to four, the powers 0 to 3 of the points.
[[gnu::always_inline]] inline void turn_back(const F* m, int step, F* to, int to_step) {
  const F sum_a = m[step] + m[2 * step], difference_a = m[step] - m[2 * step];
  const F sum_b = m[3 * step] + m[4 * step], difference_b = m[3 * step] - m[4 * step];
  to[0] = m[0] + sum_a + sum_b;
  to[to_step] = kA * difference_a + kB * difference_b;
  to[2 * to_step] = kA2 * sum_a + kB2 * sum_b;
  to[3 * to_step] = kA * kA2 * difference_a + kB * kB2 * difference_b + m[5 * step];
}

// G g: three numbers to six, their polynomial at the points over the product of the distances to all others.
[[gnu::always_inline]] inline void turn_three(const F* g, int step, F* to, int to_step) {
  constexpr float kOverA = 1 / (2 * kA2 * (kA2 - kB2)), kOverB = 1 / (2 * kB2 * (kB2 - kA2));
  const F even_a = g[0] + kA2 * g[2 * step], odd_a = kA * g[step];
  const F even_b = g[0] + kB2 * g[2 * step], odd_b = kB * g[step];
  to[0] = g[0] * (1 / (kA2 * kB2));
  to[to_step] = (even_a + odd_a) * kOverA;
  to[2 * to_step] = (even_a - odd_a) * kOverA;
  to[3 * to_step] = (even_b + odd_b) * kOverB;
  to[4 * to_step] = (even_b - odd_b) * kOverB;
  to[5 * to_step] = g[2 * step];
}

void turn_one_weight(const F* weight, float* to, std::int64_t part_stride) {
  F half[18], turned[36];
  for (int x = 0; x < 3; ++x) turn_three(weight + x, 3, half + x, 3);
  for (int y = 0; y < kTile; ++y) turn_three(half + 3 * y, 1, turned + kTile * y, 1);
  for (int part = 0; part < kWinogradParts; ++part) store(to + part * part_stride, turned[part]);
}

void turn_weight(const WinogradMap& s, const float* weight, std::int64_t begin, std::int64_t end,
                 float* to) {
  const std::int64_t output_stride = 9 * s.in;
  for (std::int64_t panel = begin; panel < end; ++panel)
    for (std::int64_t c = 0; c < s.in; ++c)
      for (std::int64_t lane = 0; lane < kWinogradPanel; lane += kLanes) {
        const float* const from = weight + (panel * kWinogradPanel + lane) * output_stride + c;
        F g[9];
        for (int i = 0; i < 9; ++i)
          for (int k = 0; k < kLanes; ++k) g[i][k] = from[k * output_stride + i * s.in];
        turn_one_weight(g, to + (panel * s.in + c) * kWinogradPanel + lane, s.in * s.out);
      }
}

// The cells of one tile: where there is none, a vector of zeros that no channel moves on from.
struct Cells {
  alignas(64) float zeros[kLanes] = {};
  const float* at[kWinogradParts];
  std::int64_t moves[kWinogradParts];  // all ones, or zero

  Cells(const WinogradMap& s, const float* map, std::int64_t tile) {
    const std::int64_t top = tile / s.tile_columns() * kWinogradSide - 1;
    const std::int64_t left = tile % s.tile_columns() * kWinogradSide - 1;
    for (int i = 0; i < kWinogradParts; ++i) {
      const std::int64_t y = top + i / kTile, x = left + i % kTile;
      const bool is_inside = y >= 0 && y < s.height && x >= 0 && x < s.width;
      at[i] = is_inside ? map + (y * s.width + x) * s.in : zeros;
      moves[i] = is_inside ? -1 : 0;
    }
  }
};

// To: float, or std::uint16_t, which is bfloat16.
template <typename To>
void turn_tiles(const WinogradMap& s, const float* map, const WinogradBlock& block,
                std::int64_t begin, std::int64_t end) {
  const std::int64_t part_stride = block.rows * s.in;
  for (std::int64_t row = begin; row < end; ++row) {
    const Cells cells(s, map, block.first + row);
    for (std::int64_t c = 0; c < s.in; c += kLanes) {
      F d[kWinogradParts];
      for (int i = 0; i < kWinogradParts; ++i) d[i] = load(cells.at[i] + (c & cells.moves[i]));
      for (int x = 0; x < kTile; ++x) turn_six(d + x, kTile, d + x);
      for (int y = 0; y < kTile; ++y) turn_six(d + kTile * y, 1, d + kTile * y);
      To* const to = static_cast<To*>(block.turned) +
                     (c / kWinogradChunk * block.rows + row) * kWinogradChunk + c % kWinogradChunk;
      for (int i = 0; i < kWinogradParts; ++i) store(to + i * part_stride, d[i]);
    }
  }
}

// kRows tiles and kVectors vectors of output channels. Turned is float or Pair, and so is Weight, or std::uint16_t.
template <typename Turned, typename Weight>
[[gnu::always_inline]] inline void multiply_rows(const Turned* turned, std::int64_t chunks,
                                                 std::int64_t chunk_stride, const Weight* weight,
                                                 std::int64_t panel_stride, float* to,
                                                 std::int64_t out) {
  constexpr int kSteps = kWinogradChunk / kChannels<Turned>;
  F sum[kRows][kVectors] = {};
  for (std::int64_t chunk = 0; chunk < chunks; ++chunk) {
    for (int c = 0; c < kSteps; ++c) {
      decltype(load(weight)) w[kVectors];
#pragma GCC unroll 8
      for (int j = 0; j < kVectors; ++j)
        w[j] =
            load(weight + j * kLanes / kWinogradPanel * panel_stride + j * kLanes % kWinogradPanel);
#pragma GCC unroll 8
      for (int i = 0; i < kRows; ++i) {
        const Turned factor = turned[i * kSteps + c];
#pragma GCC unroll 8
        for (int j = 0; j < kVectors; ++j) sum[i][j] = plus_product(sum[i][j], factor, w[j]);
      }
      weight += kWinogradPanel;
    }
    turned += chunk_stride;
  }
  for (int i = 0; i < kRows; ++i)
    for (int j = 0; j < kVectors; ++j) store(to + i * out + j * kLanes, sum[i][j]);
}

template <typename Turned, typename Weight>
void multiply(const WinogradMap& s, const void* weight, const WinogradBlock& block,
              std::int64_t begin, std::int64_t end) {
  constexpr std::int64_t kOut = kVectors * kLanes, kChunk = kWinogradChunk / kChannels<Turned>;
  const std::int64_t in = s.in / kChannels<Turned>;
  const auto* const turned = static_cast<const Turned*>(block.turned);
  for (std::int64_t part = begin; part < end; ++part)
    for (std::int64_t k = 0; k < s.out; k += kOut)
      for (std::int64_t row = 0; row < block.rows; row += kRows)
        multiply_rows(
            turned + part * block.rows * in + row * kChunk, in / kChunk, block.rows * kChunk,
            static_cast<const Weight*>(weight) + part * in * s.out + k * in, in * kWinogradPanel,
            block.products + (part * block.rows + row) * s.out + k, s.out);
}

void finish_tile(const WinogradMap& s, const F (&m)[kWinogradParts], std::int64_t tile,
                 std::int64_t k, const WinogradResult& result) {
  const std::int64_t top = tile / s.tile_columns() * kWinogradSide;
  const std::int64_t left = tile % s.tile_columns() * kWinogradSide;
  const F bias = load(result.bias + k);
  F half[24], y[16];
  for (int x = 0; x < kTile; ++x) turn_back(m + x, kTile, half + x, kTile);
  for (int row = 0; row < 4; ++row) turn_back(half + kTile * row, 1, y + 4 * row, 1);
  for (int row = 0; row < 4 && top + row < s.height; ++row)
    for (int x = 0; x < 4 && left + x < s.width; ++x) {
      const std::int64_t place = ((top + row) * s.width + left + x) * s.out + k;
      F value = y[4 * row + x] + bias;
      if (result.added != nullptr) value += load(result.added + place);
      if (result.relu) value = value < 0.0F ? F{} : value;  // what is not a number stays so
      store(result.to + place, value);
    }
}

void finish(const WinogradMap& s, const WinogradBlock& block, std::int64_t begin, std::int64_t end,
            const WinogradResult& result) {
  for (std::int64_t row = begin; row < end; ++row)
    for (std::int64_t k = 0; k < s.out; k += kLanes) {
      F m[kWinogradParts];
      const float* const from = block.products + row * s.out + k;
      for (int i = 0; i < kWinogradParts; ++i) m[i] = load(from + i * block.rows * s.out);
      finish_tile(s, m, block.first + row, k, result);
    }
}

inline WinogradKernels kernels_for(WinogradWeight weight) {
  return {
      &turn_weight, &turn_tiles<float>,
      weight == WinogradWeight::kFloat ? &multiply<float, float> : &multiply<float, std::uint16_t>,
      &finish};
}

}  // namespace
}  // namespace saccade
