// The formulas of op.md, worked out plainly in double, and the sizes that the CUDA kernels are held to them at.
#pragma once

#include <gtest/gtest.h>

#include <array>
#include <random>
#include <string>
#include <vector>

#include "saccade/op/cuda/ms_deform_attn_launch.h"
#include "tests/op/cuda_emulator.h"

namespace saccade::cuda {

struct Case {
  std::string name;
  std::int64_t batch = 1;
  int heads = 2, channels = 32, queries = 5, points = 4;
  std::vector<std::array<int, 2>> levels = {{6, 4}, {3, 2}};  // H, W

  int tokens() const {
    int count = 0;
    for (const auto& [height, width] : levels) count += height * width;
    return count;
  }
};

inline Sizes sizes_of(const Case& c) {
  Sizes s;
  s.batch = c.batch;
  s.tokens = c.tokens();
  s.heads = c.heads;
  s.channels = c.channels;
  s.queries = c.queries;
  s.points = c.points;
  s.is_map = s.queries == s.tokens;
  for (const auto& [height, width] : c.levels) {
    const int start = s.num_levels == 0
                          ? 0
                          : s.levels[s.num_levels - 1].start + s.levels[s.num_levels - 1].height *
                                                                   s.levels[s.num_levels - 1].width;
    s.levels[s.num_levels++] = {height, width, start};
  }
  return s;
}

inline double widened(double x) { return x; }
inline double widened(float x) { return x; }
inline double widened(Half x) { return half_bits_to_float(x.bits); }
inline double widened(BFloat16 x) {
  return bits_to_float(static_cast<std::uint32_t>(x.bits) << 16);
}

inline void round_to(double x, double& to) { to = x; }
inline void round_to(double x, float& to) { to = static_cast<float>(x); }
inline void round_to(double x, Half& to) { to.bits = float_to_half_bits(static_cast<float>(x)); }
inline void round_to(double x, BFloat16& to) {
  to.bits = float_to_bfloat16_bits(static_cast<float>(x));
}

// Relative error of one rounding to the type, and of some sums in its compute type.
template <typename T>
double tolerance() {
  if constexpr (std::is_same_v<T, double>) return 1e-13;
  if constexpr (std::is_same_v<T, float>) return 3e-6;
  if constexpr (std::is_same_v<T, Half>) return 0x1p-10;
  return 0x1p-7;
}

template <typename T>
struct Data {
  using C = Compute<T>;
  std::vector<T> value, out, grad_out;
  std::vector<C> locations, weights;

  Data(const Case& c, unsigned seed) {
    std::mt19937 random(seed);
    std::normal_distribution<double> normal;
    std::uniform_real_distribution<double> place(-0.3, 1.3), share(0.0, 1.0);
    const std::int64_t samples = c.batch * c.queries * c.heads * std::ssize(c.levels) * c.points;
    const auto fill = [&](auto& all, std::int64_t count, auto& source) {
      all.resize(static_cast<std::size_t>(count));
      for (auto& x : all) round_to(source(random), x);
    };
    fill(value, c.batch * c.tokens() * c.heads * c.channels, normal);
    fill(grad_out, c.batch * c.queries * c.heads * c.channels, normal);
    fill(locations, 2 * samples, place);
    fill(weights, samples, share);
    out.resize(grad_out.size());
  }
};

// Everything that a call gives, in double.
struct Expected {
  std::vector<double> out, grad_value, grad_locations, grad_weights;
};

template <typename T>
Expected expect(const Case& c, const Data<T>& d) {
  const Sizes s = sizes_of(c);
  Expected e;
  e.out.resize(d.out.size());
  e.grad_value.resize(d.value.size());
  e.grad_locations.resize(d.locations.size());
  e.grad_weights.resize(d.weights.size());
  const int samples = s.num_levels * s.points;
  for (std::int64_t row = 0; row < c.batch * c.queries * c.heads; ++row) {
    const std::int64_t head = row % c.heads, image = row / c.heads / c.queries;
    for (int i = 0; i < samples; ++i) {
      const Level& level = s.levels[i / s.points];
      const auto at = static_cast<std::size_t>(row * samples + i);
      // Positions in the type of the kernel: they decide in which cell a sample lies.
      const auto column = static_cast<double>(
          d.locations[2 * at] * static_cast<Compute<T>>(level.width) - Compute<T>(0.5));
      const auto line = static_cast<double>(
          d.locations[2 * at + 1] * static_cast<Compute<T>>(level.height) - Compute<T>(0.5));
      const double weight = static_cast<double>(d.weights[at]);
      if (!(line > -1 && column > -1 && line < level.height && column < level.width)) continue;
      for (int corner = 0; corner < 4; ++corner) {
        const int x = static_cast<int>(std::floor(column)) + corner % 2;
        const int y = static_cast<int>(std::floor(line)) + corner / 2;
        if (x < 0 || y < 0 || x >= level.width || y >= level.height) continue;
        const double across = 1 - std::abs(column - x), along = 1 - std::abs(line - y);
        const std::int64_t token = image * s.tokens + level.start + y * level.width + x;
        for (int channel = 0; channel < s.channels; ++channel) {
          const auto cell =
              static_cast<std::size_t>((token * s.heads + head) * s.channels + channel);
          const auto result = static_cast<std::size_t>(row * s.channels + channel);
          const double v = widened(d.value[cell]), g = widened(d.grad_out[result]);
          e.out[result] += weight * across * along * v;
          e.grad_value[cell] += weight * across * along * g;
          e.grad_weights[at] += across * along * g * v;
          e.grad_locations[2 * at] +=
              level.width * weight * g * v * along * (corner % 2 == 0 ? -1 : 1);
          e.grad_locations[2 * at + 1] +=
              level.height * weight * g * v * across * (corner / 2 == 0 ? -1 : 1);
        }
      }
    }
  }
  return e;
}

template <typename X>
void expect_near(const std::vector<X>& got, const std::vector<double>& wanted, double tolerance,
                 const char* what) {
  ASSERT_EQ(got.size(), wanted.size()) << what;
  double scale = 0;
  for (const double x : wanted) scale = std::max(scale, std::abs(x));
  for (std::size_t i = 0; i < got.size(); ++i) {
    ASSERT_NEAR(widened(got[i]), wanted[i], tolerance * (std::abs(wanted[i]) + scale / 8))
        << what << " " << i;
  }
}

// Sizes that meet every path: rows of 16, 32 and 64 channels, others, channels beyond a warp, more samples than are placed
// at once, tiles that reach over the edges of their maps, batches and queries that divide by nothing.
inline std::vector<Case> cases() {
  return {{.name = "usual",
           .batch = 2,
           .heads = 8,
           .queries = 9,
           .levels = {{7, 9}, {4, 5}, {2, 3}, {1, 2}}},
          {.name = "16 channels", .channels = 16},
          {.name = "64 channels", .channels = 64},
          {.name = "30 channels", .channels = 30},
          {.name = "71 channels", .channels = 71},
          {.name = "2 channels", .channels = 2, .points = 2},
          {.name = "as many queries as tokens", .batch = 3, .heads = 1, .queries = 30},
          {.name = "a map of several tiles",
           .queries = 19 * 35 + 10 * 18 + 1,
           .points = 1,
           .levels = {{19, 35}, {10, 18}, {1, 1}}},
          {.name = "maps whose samples lie together, and one where they lie far apart",
           .batch = 2,
           .heads = 3,
           .queries = 33 * 49 + 13 * 17 + 3 * 4,
           .levels = {{33, 49}, {13, 17}, {3, 4}}},
          {.name = "one level, one point, one head", .heads = 1, .points = 1, .levels = {{1, 1}}},
          {.name = "more samples than a chunk",
           .channels = 8,
           .points = 11,
           .levels = {{2, 5}, {3, 3}, {1, 4}}},
          {.name = "67 images",
           .batch = 67,
           .heads = 1,
           .channels = 16,
           .queries = 3,
           .points = 1,
           .levels = {{2, 2}}}};
}

}  // namespace saccade::cuda
