// Convolutions with what follows them in one pass.
#include "saccade/op/one_dnn.h"

#include <ATen/ATen.h>
#include <c10/core/InferenceMode.h>
#include <gtest/gtest.h>

namespace saccade {
namespace {

struct Case {
  std::int64_t batch, in, out, kernel, height, width;
  ConvolutionShape shape;
};

const std::vector<Case> kCases = {
    {1, 3, 64, 7, 37, 53, {.stride = 2, .padding = 3}},
    {2, 64, 64, 3, 20, 33, {.padding = 1}},
    {1, 64, 256, 1, 19, 31, {}},
    {2, 128, 64, 1, 9, 7, {.stride = 2}},
    {1, 512, 512, 3, 8, 11, {.padding = 2, .dilation = 2}},
    {1, 32, 48, 3, 1, 1, {.padding = 1}},
};

at::Tensor expected(const Case& c, const at::Tensor& x, const at::Tensor& weight,
                    const at::Tensor& bias, bool relu, const at::Tensor& added) {
  at::Tensor y = at::conv2d(x.to(at::kDouble), weight.to(at::kDouble), bias.to(at::kDouble),
                            c.shape.stride, c.shape.padding, c.shape.dilation);
  if (added.defined()) y = y + added.to(at::kDouble);
  return relu ? at::relu(y) : y;
}

void expect_close(const Case& c, double tolerance) {
  const at::Tensor x = at::randn({c.batch, c.in, c.height, c.width});
  const double spread = std::sqrt(static_cast<double>(c.in * c.kernel * c.kernel));
  const at::Tensor weight = (at::randn({c.out, c.in, c.kernel, c.kernel}) / spread);
  const at::Tensor bias = at::randn({c.out});
  const at::Tensor added = at::randn(expected(c, x, weight, bias, false, {}).sizes());
  for (const bool relu : {false, true}) {
    for (const at::Tensor& other : {at::Tensor(), added}) {
      const at::Tensor y = one_dnn_convolution(x, weight, bias, c.shape, relu,
                                               other.defined() ? other.clone() : other);
      EXPECT_TRUE(y.is_contiguous(at::MemoryFormat::ChannelsLast));
      const at::Tensor wanted = expected(c, x, weight, bias, relu, other);
      EXPECT_LT((y.to(at::kDouble) - wanted).abs().max().item<double>(), tolerance)
          << c.in << " -> " << c.out << ", kernel " << c.kernel;
    }
  }
}

TEST(FusedConvolution, IsConvolutionSumAndRelu) {
  const c10::InferenceMode no_gradients;
  // A LibTorch built without oneDNN has no such operators; the model then takes the plain ones, tested elsewhere.
  if (!has_one_dnn()) GTEST_SKIP() << "LibTorch has no oneDNN here";
  at::manual_seed(0);
  for (const Case& c : kCases) expect_close(c, 2e-5);
}

// The same image in a batch gives the same bits.
TEST(FusedConvolution, DoesNotDependOnTheBatch) {
  const c10::InferenceMode no_gradients;
  // A LibTorch built without oneDNN has no such operators; the model then takes the plain ones, tested elsewhere.
  if (!has_one_dnn()) GTEST_SKIP() << "LibTorch has no oneDNN here";
  at::manual_seed(0);
  for (const Case& c : kCases) {
    if (c.height * c.width == 1) continue;  // at::conv2d's, which does
    const at::Tensor x = at::randn({3, c.in, c.height, c.width});
    const at::Tensor weight = at::randn({c.out, c.in, c.kernel, c.kernel});
    const at::Tensor bias = at::randn({c.out});
    const at::Tensor all = one_dnn_convolution(x, weight, bias, c.shape, true);
    for (std::int64_t i = 0; i < 3; ++i)
      EXPECT_TRUE(
          at::equal(all[i], one_dnn_convolution(x.narrow(0, i, 1), weight, bias, c.shape, true)[0]))
          << c.in << " -> " << c.out;
  }
}

TEST(FusedLayers, AreThoseOfInference) {
  EXPECT_FALSE(fuses_layers(at::zeros({1})));
  {
    const at::NoGradGuard of_training;
    EXPECT_FALSE(fuses_layers(at::zeros({1})));
  }
  const c10::InferenceMode no_gradients;
  EXPECT_EQ(fuses_layers(at::zeros({1})), has_one_dnn());
  EXPECT_FALSE(fuses_layers(at::zeros({1}, at::kDouble)));
  EXPECT_FALSE(fuses_layers(at::zeros({1}, at::kBFloat16)));
}

}  // namespace
}  // namespace saccade
