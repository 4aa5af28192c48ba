// The CUDA kernels in emulation against the formulas, in any order of the lanes.
#include <gtest/gtest.h>

#include <vector>

#include "saccade/op/cuda/ms_deform_attn_launch.h"
#include "tests/op/cuda_emulator.h"
#include "tests/op/cuda_formula.h"

namespace saccade::cuda {
namespace {

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

}  // namespace
}  // namespace saccade::cuda
