// The costs of matching as plain loops, which the compiler turns into vectors of the instruction set
// that a file is built for.
//
// Everything here has internal linkage and no standard library code is called: a function compiled
// for AVX-512 must never be the one the linker keeps for files that run everywhere. There are no fused
// multiply-adds (-ffp-contract=off) and each number is computed by itself, so all sets give the same bits.
#pragma once

#include "saccade/loss/cpu/match_kernels.h"

namespace saccade {
namespace {

template <typename T>
[[gnu::always_inline]] inline T larger(T a, T b) {
  return a < b ? b : a;
}

template <typename T>
[[gnu::always_inline]] inline T smaller(T a, T b) {
  return b < a ? b : a;
}

[[gnu::always_inline]] inline float abs_of(float x) { return __builtin_fabsf(x); }
[[gnu::always_inline]] inline double abs_of(double x) { return __builtin_fabs(x); }

constexpr float kLn2High = 0.693359375F, kLn2Low = -2.12194440e-4F;  // the sum is ln 2

// e^x to an ulp or two for x of -87 to 88; x beyond counts as the nearer end.
[[gnu::always_inline]] inline float exp_of(float x) {
  x = smaller(larger(x, -87.0F), 88.0F);
  constexpr float kToWhole = 12582912;  // 1.5 * 2^23: adding it rounds to a whole number
  const float shifted = x * 1.44269504F + kToWhole;
  const float whole = shifted - kToWhole;
  const float r =
      (x - whole * kLn2High) - whole * kLn2Low;  // at most ln 2 / 2: a series of 7 terms
  float series = 1.0F / 5040;
  series = series * r + 1.0F / 720;
  series = series * r + 1.0F / 120;
  series = series * r + 1.0F / 24;
  series = series * r + 1.0F / 6;
  series = series * r + 0.5F;
  series = (series * r) * r + r + 1.0F;
  const int exponent = __builtin_bit_cast(int, shifted) - __builtin_bit_cast(int, kToWhole);
  return series * __builtin_bit_cast(float, (exponent + 127) << 23);
}

// The natural logarithm to an ulp or two, of normal positive numbers: x = 2^k (1 + f), and with
// s = f / (2 + f) log(1 + f) = 2 artanh(s) = f - s (f - s^2 (2/3 + 2/5 s^2 + ...)).
[[gnu::always_inline]] inline float log_of(float x) {
  constexpr int kRootOfHalf = 0x3F3504F3;  // the bits of sqrt(1/2), where 1 + f begins
  const int bits = __builtin_bit_cast(int, x);
  const int k = (bits - kRootOfHalf) >> 23;
  const float f = __builtin_bit_cast(float, bits - k * (1 << 23)) - 1.0F;
  const float s = f / (2.0F + f), z = s * s;
  const float rest = z * (2.0F / 3 + z * (2.0F / 5 + z * (2.0F / 7 + z * (2.0F / 9))));
  const auto whole = static_cast<float>(k);
  return ((f - s * (f - rest)) + whole * kLn2Low) + whole * kLn2High;
}

[[gnu::always_inline]] inline double exp_of(double x) { return __builtin_exp(x); }
[[gnu::always_inline]] inline double log_of(double x) { return __builtin_log(x); }

template <typename T, typename Bits, Bits kExponent>
bool none_has_exponent(const T* values, std::int64_t count) {
  Bits found = 0;
  for (std::int64_t i = 0; i < count; ++i)
    found |= (__builtin_bit_cast(Bits, values[i]) & kExponent) == kExponent;
  return found == 0;
}

inline bool all_finite(const float* values, std::int64_t count) {
  return none_has_exponent<float, std::int32_t, 0x7F800000>(values, count);
}
inline bool all_finite(const double* values, std::int64_t count) {
  return none_has_exponent<double, std::int64_t, 0x7FF0000000000000>(values, count);
}

template <typename T>
void box_rows(const T* __restrict boxes, std::int64_t count, T* __restrict rows) {
  for (std::int64_t i = 0; i < count; ++i) {
    const T cx = boxes[4 * i], cy = boxes[4 * i + 1];
    const T width = boxes[4 * i + 2], height = boxes[4 * i + 3];
    const T x0 = cx - T(0.5) * width, y0 = cy - T(0.5) * height;
    const T x1 = cx + T(0.5) * width, y1 = cy + T(0.5) * height;
    rows[i] = cx;
    rows[count + i] = cy;
    rows[2 * count + i] = width;
    rows[3 * count + i] = height;
    rows[4 * count + i] = x0;
    rows[5 * count + i] = y0;
    rows[6 * count + i] = x1;
    rows[7 * count + i] = y1;
    rows[8 * count + i] = (x1 - x0) * (y1 - y0);
  }
}

template <typename T>
void focal(T* values, std::int64_t count) {
  constexpr T kAlpha = 0.25, kEpsilon = 1e-8;  // of the cost, whatever --focal_alpha says
  for (std::int64_t i = 0; i < count; ++i) {
    const T p = T(1) / (T(1) + exp_of(-values[i]));
    const T negative = (1 - kAlpha) * (p * p) * -log_of(T(1) - p + kEpsilon);
    const T positive = kAlpha * ((T(1) - p) * (T(1) - p)) * -log_of(p + kEpsilon);
    values[i] = positive - negative;
  }
}

template <typename T>
void pair(const T* __restrict rows, const T* __restrict class_cost, std::int64_t count,
          const T* object, const PairWeights<T>& weights, double* __restrict cost) {
  const T cx = object[0], cy = object[1], width = object[2], height = object[3];
  const T x0 = cx - T(0.5) * width, y0 = cy - T(0.5) * height;
  const T x1 = cx + T(0.5) * width, y1 = cy + T(0.5) * height;
  const T area = (x1 - x0) * (y1 - y0);
  const T of_bbox = weights.bbox, of_class = weights.classes, of_giou = weights.giou;
  for (std::int64_t i = 0; i < count; ++i) {
    const T px0 = rows[4 * count + i], py0 = rows[5 * count + i];
    const T px1 = rows[6 * count + i], py1 = rows[7 * count + i];
    const T distance = abs_of(rows[i] - cx) + abs_of(rows[count + i] - cy) +
                       abs_of(rows[2 * count + i] - width) + abs_of(rows[3 * count + i] - height);
    const T inter = larger(T(0), smaller(px1, x1) - larger(px0, x0)) *
                    larger(T(0), smaller(py1, y1) - larger(py0, y0));
    const T joint = rows[8 * count + i] + area - inter;
    const T outer = larger(T(0), larger(px1, x1) - smaller(px0, x0)) *
                    larger(T(0), larger(py1, y1) - smaller(py0, y0));
    const T overlap = inter / joint - (outer - joint) / outer;
    cost[i] = of_bbox * distance + of_class * class_cost[i] + of_giou * -overlap;
  }
}

}  // namespace
}  // namespace saccade
