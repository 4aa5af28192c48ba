// The CUDA kernels in emulation against the formulas of op.md, worked out plainly in double.
#include <gtest/gtest.h>

#include <array>
#include <random>
#include <string>
#include <vector>

#include "saccade/op/cuda/ms_deform_attn_launch.h"
#include "tests/op/cuda_emulator.h"

namespace saccade::cuda {
namespace {

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

Sizes sizes_of(const Case& c) {
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

double widened(double x) { return x; }
double widened(float x) { return x; }
double widened(Half x) { return half_bits_to_float(x.bits); }
double widened(BFloat16 x) { return bits_to_float(static_cast<std::uint32_t>(x.bits) << 16); }

void round_to(double x, double& to) { to = x; }
void round_to(double x, float& to) { to = static_cast<float>(x); }
void round_to(double x, Half& to) { to.bits = float_to_half_bits(static_cast<float>(x)); }
void round_to(double x, BFloat16& to) { to.bits = float_to_bfloat16_bits(static_cast<float>(x)); }

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

template <typename T>
void check_forward(const Case& c) {
  SCOPED_TRACE(c.name);
  Data<T> d(c, 7);
  start_forward<T>({.sizes = sizes_of(c),
                    .samples = {d.locations.data(), d.weights.data()},
                    .value = d.value.data(),
                    .out = d.out.data()},
                   nullptr);
  expect_near(d.out, expect(c, d).out, tolerance<T>(), "out");
}

template <typename T>
void check_sample_gradients(const Case& c) {
  SCOPED_TRACE(c.name);
  const Data<T> d(c, 8);
  std::vector<Compute<T>> grad_locations(d.locations.size(), 99),
      grad_weights(d.weights.size(), 99);
  start_sample_gradients<T>({.sizes = sizes_of(c),
                             .samples = {d.locations.data(), d.weights.data()},
                             .value = d.value.data(),
                             .grad_out = d.grad_out.data(),
                             .grad_locations = grad_locations.data(),
                             .grad_weights = grad_weights.data()},
                            nullptr);
  const Expected wanted = expect(c, d);
  const double near = std::is_same_v<T, double> ? 1e-12 : 2e-5;
  expect_near(grad_locations, wanted.grad_locations, near, "grad_locations");
  expect_near(grad_weights, wanted.grad_weights, near, "grad_weights");
}

template <typename T>
void check_value_gradient(const Case& c) {
  SCOPED_TRACE(c.name);
  const Data<T> d(c, 9);
  std::vector<Compute<T>> sums(d.value.size());
  start_value_gradient<T>({.sizes = sizes_of(c),
                           .samples = {d.locations.data(), d.weights.data()},
                           .grad_out = d.grad_out.data(),
                           .sums = sums.data()},
                          nullptr);
  // Where queries are a map, half types' shares are rounded to them before they are multiplied.
  const bool rounds = sizeof(T) == 2 && c.queries == c.tokens();
  const double near = rounds ? 2 * tolerance<T>() : 1e-5;
  expect_near(sums, expect(c, d).grad_value, std::is_same_v<T, double> ? 1e-13 : near,
              "grad_value");
}

template <typename T>
std::vector<unsigned long long> exact_sums(const Case& c, const Data<T>& d, double scale) {
  std::vector<unsigned long long> sums(d.value.size());
  start_exact_value_gradient<T>({.sizes = sizes_of(c),
                                 .samples = {d.locations.data(), d.weights.data()},
                                 .grad_out = d.grad_out.data(),
                                 .scale = &scale,
                                 .sums = sums.data()},
                                nullptr);
  return sums;
}

template <typename T>
void check_exact_value_gradient(const Case& c) {
  SCOPED_TRACE(c.name);
  const Data<T> d(c, 9);
  constexpr double kScale = 0x1p40;
  std::vector<double> sums;
  for (const auto sum : exact_sums(c, d, kScale))
    sums.push_back(static_cast<double>(static_cast<long long>(sum)) / kScale);
  expect_near(sums, expect(c, d).grad_value, std::is_same_v<T, double> ? 1e-9 : 3e-6, "grad_value");
}

// Sizes that meet every path: rows of 16, 32 and 64 channels, others, channels beyond a warp, more samples than are placed
// at once, tiles that reach over the edges of their maps, batches and queries that divide by nothing.
std::vector<Case> cases() {
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

template <typename T>
class CudaKernels : public testing::Test {
 protected:
  void SetUp() override { emulation() = {}; }
};
using Types = testing::Types<float, double, Half, BFloat16>;
TYPED_TEST_SUITE(CudaKernels, Types);

TYPED_TEST(CudaKernels, ForwardIsTheFormula) {
  for (const Case& c : cases()) check_forward<TypeParam>(c);
}

TYPED_TEST(CudaKernels, GradientsOfTheSamplesAreTheFormulas) {
  for (const Case& c : cases()) check_sample_gradients<TypeParam>(c);
}

TYPED_TEST(CudaKernels, GradientOfTheValueIsTheFormula) {
  for (const Case& c : cases()) check_value_gradient<TypeParam>(c);
}

TYPED_TEST(CudaKernels, GradientInWholeNumbersIsTheFormula) {
  for (const Case& c : cases()) check_exact_value_gradient<TypeParam>(c);
}

TYPED_TEST(CudaKernels, AnyOrderOfTheLanesGivesTheSameBits) {
  const Case c = cases().front();
  const Data<TypeParam> d(c, 3);
  const auto first = exact_sums(c, d, 0x1p40);
  for (const unsigned seed : {1U, 2U, 3U}) {
    emulation().seed = seed;
    EXPECT_EQ(exact_sums(c, d, 0x1p40), first);
    check_forward<TypeParam>(c);
    check_sample_gradients<TypeParam>(c);
  }
}

TYPED_TEST(CudaKernels, FewerBlocksThanTilesDoAllTiles) {
  emulation().most_blocks = 3;
  const Case c = cases().front();
  check_forward<TypeParam>(c);
  check_sample_gradients<TypeParam>(c);
  check_value_gradient<TypeParam>(c);
}

TYPED_TEST(CudaKernels, NothingToDoStartsNothing) {
  for (const Case& c :
       {Case{.name = "no query", .queries = 0}, Case{.name = "no image", .batch = 0}})
    check_forward<TypeParam>(c);
  EXPECT_EQ(emulation().started, 0);
}

// What lies beside a map, and rows whose corner does not exist, may be anything.
TYPED_TEST(CudaKernels, SamplesOutsideReadNothing) {
  const Case c{.name = "outside", .heads = 1, .queries = 6, .points = 1, .levels = {{2, 2}}};
  Data<TypeParam> d(c, 5);
  const auto nan = static_cast<Compute<TypeParam>>(NAN);
  for (auto& x : d.value) round_to(NAN, x);
  // Left by a cell and a half, at u = -1 exactly, below at v = H, right by a cell, far away, nowhere.
  d.locations = {-0.5F, 0.5F, -0.25F, 0.5F, 0.5F, 1.25F, 1.75F, 0.5F, 1e30F, -1e30F, nan, nan};
  start_forward<TypeParam>({.sizes = sizes_of(c),
                            .samples = {d.locations.data(), d.weights.data()},
                            .value = d.value.data(),
                            .out = d.out.data()},
                           nullptr);
  for (const TypeParam x : d.out) EXPECT_EQ(widened(x), 0.0);
}

TEST(CudaLaunch, AFailureNamesTheKernelTheSizesAndTheError) {
  emulation() = {.error = "no kernel image is available for execution on the device"};
  const Case c{.name = "fails", .batch = 2, .queries = 3};
  Data<float> d(c, 1);
  try {
    start_forward<float>({.sizes = sizes_of(c), .samples = {d.locations.data(), d.weights.data()}},
                         nullptr);
    FAIL() << "must throw";
  } catch (const std::runtime_error& error) {
    EXPECT_STREQ(error.what(),
                 "ms_deform_attn: forward_kernel cannot be started (N 2, S 30, M 2, D 32, Q 3, L "
                 "2, P 4; 4 blocks of "
                 "256 threads): no kernel image is available for execution on the device");
  }
  emulation() = {};
}

// ---- samples as the linear layers predict them ----

template <typename T>
void check_predicted(const Case& c, int reference_size) {
  SCOPED_TRACE(c.name);
  Data<T> d(c, 11);
  const Sizes s = sizes_of(c);
  std::mt19937 random(4);
  std::normal_distribution<double> normal;
  std::uniform_real_distribution<double> share(0.1, 0.9);
  std::vector<T> offsets(d.locations.size()), logits(d.weights.size());
  std::vector<float> references(
      static_cast<std::size_t>(c.batch * c.queries * s.num_levels * reference_size));
  for (T& x : offsets) round_to(2 * normal(random), x);
  for (T& x : logits) round_to(3 * normal(random), x);
  for (float& x : references) x = static_cast<float>(share(random));
  const int samples = s.samples();
  for (std::size_t row = 0; row < d.weights.size() / static_cast<std::size_t>(samples); ++row) {
    double sum = 0;
    for (int i = 0; i < samples; ++i) sum += std::exp(widened(logits[row * samples + i]));
    for (int i = 0; i < samples; ++i) {
      const std::size_t at = row * samples + i;
      const int l = i / s.points;
      const float* r = &references[(row / static_cast<std::size_t>(c.heads) * s.num_levels + l) *
                                   reference_size];
      const double x = widened(offsets[2 * at]), y = widened(offsets[2 * at + 1]);
      d.weights[at] = static_cast<float>(std::exp(widened(logits[at])) / sum);
      d.locations[2 * at] = static_cast<float>(
          r[0] + (reference_size == 2 ? x / s.levels[l].width : x / s.points * r[2] * 0.5));
      d.locations[2 * at + 1] = static_cast<float>(
          r[1] + (reference_size == 2 ? y / s.levels[l].height : y / s.points * r[3] * 0.5));
    }
  }
  start_predicted_forward<T>(
      {.sizes = s,
       .samples = {offsets.data(), logits.data(), references.data(), reference_size},
       .value = d.value.data(),
       .out = d.out.data()},
      nullptr);
  // Where a sample lies is rounded once or twice more: a tolerance wider than that of given samples.
  expect_near(d.out, expect(c, d).out, 2 * tolerance<T>() + 4e-5, "out");
}

template <typename T>
class PredictedSamplesOnCuda : public testing::Test {
  void SetUp() override { emulation() = {}; }
};
using PredictedTypes = testing::Types<float, Half, BFloat16>;
TYPED_TEST_SUITE(PredictedSamplesOnCuda, PredictedTypes);

TYPED_TEST(PredictedSamplesOnCuda, AreOffsetsFromTheReferenceAndASoftmax) {
  for (const Case& c : cases()) {
    check_predicted<TypeParam>(c, 2);
    check_predicted<TypeParam>(c, 4);
  }
}

}  // namespace
}  // namespace saccade::cuda
