// 3x3 convolutions with a quarter of the multiplications.
#include "saccade/op/winograd.h"

#include <ATen/ATen.h>
#include <ATen/Parallel.h>
#include <c10/core/InferenceMode.h>
#include <gtest/gtest.h>

#include "saccade/core/cpu_isa.h"
#include "saccade/op/autocast.h"

namespace saccade {
namespace {

const ConvolutionShape kSame{.padding = 1};

struct Case {
  std::int64_t batch, in, out, height, width;
};

// Whole tiles, some that stick out on one side or both, a map narrower than a tile, and so many that blocks are shared.
const std::vector<Case> kCases = {{1, 64, 64, 8, 12},    {2, 64, 128, 21, 33}, {1, 128, 64, 3, 30},
                                  {1, 512, 512, 12, 20}, {1, 64, 64, 95, 160}, {3, 256, 64, 25, 42},
                                  {1, 64, 64, 4, 1000}};

struct Layer {
  at::Tensor x, weight, bias, added;
  explicit Layer(const Case& c)
      : x(at::randn({c.batch, c.in, c.height, c.width})),
        weight(at::randn({c.out, c.in, 3, 3}) / std::sqrt(9.0 * static_cast<double>(c.in))),
        bias(at::randn({c.out})),
        added(at::randn({c.batch, c.out, c.height, c.width})) {}
  at::Tensor run(bool relu = false, bool adds = false) const {
    return winograd_convolution(x, winograd_weight(weight), bias, relu,
                                adds ? added.clone() : at::Tensor());
  }
};

at::Tensor expected(const Layer& layer, bool relu, bool adds) {
  at::Tensor y = at::conv2d(layer.x.to(at::kDouble), layer.weight.to(at::kDouble),
                            layer.bias.to(at::kDouble), 1, 1);
  if (adds) y = y + layer.added.to(at::kDouble);
  return relu ? at::relu(y) : y;
}

// Without AVX2 there is nothing to test: takes_winograd() says no, and the model takes oneDNN's convolutions, of which
// one_dnn_test.cpp is.
class Winograd : public testing::Test {
 protected:
  void SetUp() override {
    if (available_cpu_isas().back() < CpuIsa::kAvx2) GTEST_SKIP() << "this processor has no AVX2";
    at::manual_seed(0);
  }
  const c10::InferenceMode no_gradients_;
};

// The processor's instruction set again when a test is over.
class EachIsa : public testing::TestWithParam<CpuIsa> {
 protected:
  void SetUp() override {
    const auto available = available_cpu_isas();
    // Its kernels would be instructions that this processor does not have.
    if (std::find(available.begin(), available.end(), GetParam()) == available.end())
      GTEST_SKIP() << "this processor has no " << name_of(GetParam());
    set_cpu_isa(GetParam());
    at::manual_seed(0);
  }
  void TearDown() override { set_cpu_isa(before_); }

 private:
  const CpuIsa before_ = cpu_isa();
};

TEST_P(EachIsa, GivesConvolutionSumAndRelu) {
  const c10::InferenceMode no_gradients;
  for (const Case& c : kCases) {
    const Layer layer(c);
    for (const bool relu : {false, true})
      for (const bool adds : {false, true}) {
        const at::Tensor y = layer.run(relu, adds);
        EXPECT_TRUE(y.is_contiguous(at::MemoryFormat::ChannelsLast));
        const at::Tensor error = (y.to(at::kDouble) - expected(layer, relu, adds)).abs();
        EXPECT_LT(error.max().item<double>(), 2e-5)
            << c.in << " -> " << c.out << ", " << c.height << " x " << c.width;
        EXPECT_LT(error.mean().item<double>(), 1.5e-6);
      }
  }
}

void expect_rounding_alone(const at::Tensor& y, const at::Tensor& exact, const Case& c) {
  // Eight bits of each number: an error of some thousandths of results about 1.
  const at::Tensor error = (y.to(at::kDouble) - exact).abs();
  EXPECT_LT(error.max().item<double>(), 0.1) << c.in << " -> " << c.out;
  EXPECT_LT(error.mean().item<double>(), 0.01) << c.in << " -> " << c.out;
  EXPECT_GT(error.max().item<double>(), 1e-4) << "nothing was rounded";
}

// Under autocast the turned weights are rounded: the sums are those of the rounded ones, read as float32 again.
TEST_P(EachIsa, ReadsWeightsOfBfloat16) {
  const c10::InferenceMode no_gradients;
  const Autocast autocast(at::kCPU, at::kBFloat16);
  for (const Case& c : kCases) {
    const Layer layer(c);
    at::Tensor rounded = winograd_weight(layer.weight);
    ASSERT_EQ(rounded.scalar_type(), at::kBFloat16);
    if (rounded.dim() == 5) rounded = rounded.transpose(3, 4).flatten(2, 3).contiguous();
    const at::Tensor y = winograd_convolution(layer.x, rounded, layer.bias, true);
    const at::Tensor same = winograd_convolution(layer.x, rounded.to(at::kFloat), layer.bias, true);
    EXPECT_TRUE(at::equal(y, same)) << c.in << " -> " << c.out;
    expect_rounding_alone(y, expected(layer, true, false), c);
  }
}

// Where the processor multiplies pairs of bfloat16 the turned map is rounded as well.
TEST_P(EachIsa, MultipliesPairsOfBfloat16) {
  const c10::InferenceMode no_gradients;
  const Autocast autocast(at::kCPU, at::kBFloat16);
  if (GetParam() != CpuIsa::kAvx512 || !has_bfloat16_pairs()) {
    EXPECT_EQ(winograd_weight(at::zeros({64, 64, 3, 3})).dim(), 4);
    return;
  }
  const int threads = at::get_num_threads();
  for (const Case& c : kCases) {
    const Layer layer(c);
    ASSERT_EQ(winograd_weight(layer.weight).dim(), 5);
    at::set_num_threads(3);
    const at::Tensor y = layer.run(true, true);
    expect_rounding_alone(y, expected(layer, true, true), c);
    at::set_num_threads(1);
    EXPECT_TRUE(at::equal(y, layer.run(true, true)));
  }
  at::set_num_threads(threads);
}

INSTANTIATE_TEST_SUITE_P(WinogradWith, EachIsa, testing::Values(CpuIsa::kAvx2, CpuIsa::kAvx512),
                         [](const auto& info) { return name_of(info.param); });

// An edge's padding is zero and not what lies next to it in memory, and what is not finite stays near where it is.
TEST_F(Winograd, ReadsNothingBeyondTheMap) {
  Layer layer({1, 64, 64, 9, 50});
  layer.x[0][5][8][49] = std::numeric_limits<float>::infinity();
  const at::Tensor finite = at::isfinite(layer.run()).all(1)[0];
  EXPECT_TRUE(finite.narrow(1, 0, 44).all().item<bool>());
  EXPECT_TRUE(finite.narrow(0, 0, 4).all().item<bool>());
  EXPECT_FALSE(finite[8][49].item<bool>());
}

TEST_F(Winograd, HasTheSameBitsOnAnyNumberOfThreadsAndInABatch) {
  const int threads = at::get_num_threads();
  for (const Case& c : kCases) {
    Layer layer(c);
    at::set_num_threads(3);
    const at::Tensor several = layer.run(true, true);
    at::set_num_threads(1);
    EXPECT_TRUE(at::equal(several, layer.run(true, true)));
    const at::Tensor first = several.narrow(0, 0, 1);
    layer.x = layer.x.narrow(0, 0, 1);
    layer.added = layer.added.narrow(0, 0, 1);
    EXPECT_TRUE(at::equal(first, layer.run(true, true)));
  }
  at::set_num_threads(threads);
}

// Maps come in either type, and leave in float32.
TEST_F(Winograd, TakesMapsOfBfloat16) {
  Layer layer({1, 64, 64, 9, 14});
  layer.x = layer.x.to(at::kBFloat16);
  layer.added = layer.added.to(at::kBFloat16);
  const at::Tensor y = layer.run(true, true);
  EXPECT_EQ(y.scalar_type(), at::kFloat);
  layer.x = layer.x.to(at::kFloat);
  layer.added = layer.added.to(at::kFloat);
  EXPECT_TRUE(at::equal(y, layer.run(true, true)));
}

TEST_F(Winograd, IsTakenWhereItPaysOff) {
  // fuses_layers(), which it asks, then says no to everything.
  if (!has_one_dnn()) GTEST_SKIP() << "LibTorch has no oneDNN here";
  if (cpu_isa() == CpuIsa::kGeneric)
    GTEST_SKIP() << "its kernels need AVX2, which SACCADE_CPU_ISA or the processor leaves out";
  const at::Tensor x = at::zeros({1, 64, 12, 20}), weight = at::zeros({128, 64, 3, 3});
  EXPECT_TRUE(takes_winograd(x, weight, kSame));
  EXPECT_FALSE(takes_winograd(x, weight, {.stride = 2, .padding = 1}));
  EXPECT_FALSE(takes_winograd(x, weight, {.padding = 2, .dilation = 2}));
  EXPECT_FALSE(takes_winograd(x, at::zeros({128, 64, 1, 1}), kSame));
  EXPECT_FALSE(takes_winograd(x, at::zeros({100, 64, 3, 3}), kSame));
  EXPECT_FALSE(
      takes_winograd(x.narrow(2, 0, 1), weight, kSame));  // three quarters of each tile empty
  EXPECT_FALSE(takes_winograd(x.to(at::kDouble), weight.to(at::kDouble), kSame));
  {
    const c10::InferenceMode with_gradients(false);
    EXPECT_FALSE(takes_winograd(at::zeros({1, 64, 12, 20}), weight, kSame));
  }
}

}  // namespace
}  // namespace saccade
