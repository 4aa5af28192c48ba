// The linear layer of training: the numbers and gradients of at::linear.
#include "saccade/op/linear.h"

#include <ATen/ATen.h>
#include <c10/core/InferenceMode.h>
#include <gtest/gtest.h>

#include "saccade/op/autocast.h"
#include "saccade/op/one_dnn.h"

namespace saccade {
namespace {

struct Gradients {
  at::Tensor output, x, weight, bias;
};

template <typename Layer>
Gradients run(const Layer& layer, at::IntArrayRef shape, std::int64_t out) {
  at::manual_seed(1);
  const auto leaf = [](at::IntArrayRef sizes) { return at::randn(sizes).set_requires_grad(true); };
  const at::Tensor x = leaf(shape), weight = leaf({out, shape.back()}), bias = leaf({out});
  const at::Tensor y = layer(x, weight, bias);
  (y * at::randn(y.sizes())).sum().backward();
  return {y.detach(), x.grad(), weight.grad(), bias.grad()};
}

at::Tensor plain(const at::Tensor& x, const at::Tensor& weight, const at::Tensor& bias) {
  return at::linear(x, weight, bias);
}

TEST(Linear, NumbersAndGradientsAreThoseOfThePlainOne) {
  for (const std::vector<std::int64_t>& shape :
       {std::vector<std::int64_t>{2100, 37}, {2, 1300, 64}, {3, 5, 200, 16}, {2500, 1}, {4, 8}}) {
    for (const std::int64_t out : {1, 24, 129}) {
      const Gradients ours = run(linear, shape, out), theirs = run(plain, shape, out);
      EXPECT_TRUE(at::allclose(ours.output, theirs.output, 1e-4, 1e-5)) << shape << out;
      EXPECT_TRUE(at::allclose(ours.x, theirs.x, 1e-5, 1e-5)) << shape << out;
      EXPECT_TRUE(at::allclose(ours.weight, theirs.weight, 1e-3, 1e-3)) << shape << out;
      EXPECT_TRUE(at::allclose(ours.bias, theirs.bias, 1e-3, 1e-3)) << shape << out;
    }
  }
}

// Sums of as many terms as an encoder's tokens, against float64.
TEST(Linear, IsAsExactAsFloatAllows) {
  const auto distance = [](const at::Tensor& ours, const at::Tensor& exact) {
    return ((ours.to(at::kDouble) - exact).norm() / exact.norm()).item<double>();
  };
  at::manual_seed(2);
  const auto weight = at::randn({256, 1024}).set_requires_grad(true);
  const auto x = at::randn({9000, 1024}).set_requires_grad(true), grad = at::randn({9000, 256});
  const auto y = linear(x, weight, at::zeros({256}));
  y.backward(grad);
  const at::Tensor x64 = x.detach().to(at::kDouble), w64 = weight.detach().to(at::kDouble);
  const at::Tensor g64 = grad.to(at::kDouble);
  EXPECT_LT(distance(y.detach(), x64.mm(w64.t())), 6e-7);
  EXPECT_LT(distance(x.grad(), g64.mm(w64)), 6e-7);
  EXPECT_LT(distance(weight.grad(), g64.t().mm(x64)), 6e-7);
}

TEST(Linear, InputsMayBeOfAnyStride) {
  const auto weight = at::randn({32, 48}).set_requires_grad(true);
  const auto bias = at::randn({32}).set_requires_grad(true);
  const at::Tensor x = at::randn({48, 2500}).t();
  EXPECT_TRUE(at::allclose(linear(x, weight, bias), at::linear(x, weight, bias), 1e-5, 1e-5));
  const at::Tensor part = at::randn({3000, 96}).narrow(1, 48, 48);
  EXPECT_TRUE(at::allclose(linear(part, weight, bias), at::linear(part, weight, bias), 1e-5, 1e-5));
  const at::Tensor y = linear(x, weight, bias);
  y.sum().backward();  // a gradient without strides
  EXPECT_TRUE(at::allclose(weight.grad(), x.sum(0).expand({32, 48}), 1e-3, 1e-3));
}

struct Layer {
  at::Tensor weight, bias;
};

Layer random_layer(std::int64_t in, std::int64_t out) {
  return {at::randn({out, in}) / std::sqrt(static_cast<double>(in)), at::randn({out})};
}

TEST(Linear, WithoutGradientsWhatFollowsIsPartOfIt) {
  const c10::InferenceMode no_gradients;
  at::manual_seed(4);
  for (const auto& [in, out] : {std::pair{256, 384}, {256, 1024}, {1024, 256}, {37, 1}}) {
    const auto [weight, bias] = random_layer(in, out);
    const at::Tensor x = at::randn({2, 2100, in}), added = at::randn({2, 2100, out});
    const at::Tensor wanted =
        at::linear(x.to(at::kDouble), weight.to(at::kDouble), bias.to(at::kDouble));
    const auto distance = [](const at::Tensor& ours, const at::Tensor& exact) {
      return (ours.to(at::kDouble) - exact).abs().max().item<double>();
    };
    EXPECT_LT(distance(linear(x, weight, bias), wanted), 2e-5) << in << " to " << out;
    EXPECT_LT(distance(linear_relu(x, weight, bias), wanted.relu()), 2e-5) << in << " to " << out;
    EXPECT_LT(distance(linear_add(x, weight, bias, added), wanted + added.to(at::kDouble)), 2e-5);
  }
}

// What an image gets does not depend on what else is in its batch.
TEST(Linear, WithoutGradientsImagesAreAlone) {
  const c10::InferenceMode no_gradients;
  const auto [weight, bias] = random_layer(256, 384);
  const at::Tensor x = at::randn({3, 2048, 256}), added = at::randn({3, 2048, 384});
  const at::Tensor all = linear(x, weight, bias), sums = linear_add(x, weight, bias, added);
  for (std::int64_t i = 0; i < 3; ++i) {
    const at::Tensor one = x.narrow(0, i, 1);
    EXPECT_TRUE(at::equal(all[i], linear(one, weight, bias)[0]));
    EXPECT_TRUE(at::equal(sums[i], linear_add(one, weight, bias, added.narrow(0, i, 1))[0]));
  }
}

TEST(Linear, UnderAutocastItIsRoundedOnce) {
  const c10::InferenceMode no_gradients;
  const Autocast sixteen_bits(at::kCPU, at::kBFloat16);
  // Without AVX-512 autocast goes LibTorch's own way, which rounds twice: nothing of ours to test.
  if (!fuses_layers(at::zeros({1}))) GTEST_SKIP() << "no bfloat16 here";
  const auto [weight, bias] = random_layer(256, 384);
  const at::Tensor x = at::randn({1, 2500, 256}), cast = weight.to(at::kBFloat16);
  const at::Tensor y = linear(x, cast, bias);
  ASSERT_EQ(y.scalar_type(), at::kBFloat16);
  const at::Tensor wanted =
      x.to(at::kBFloat16).to(at::kDouble).matmul(cast.to(at::kDouble).t()) + bias.to(at::kDouble);
  EXPECT_LT(((y.to(at::kDouble) - wanted).abs() / (wanted.abs() + 0.01)).max().item<double>(),
            1.0 / 250);
  EXPECT_EQ(linear_add(x, cast, bias, at::randn({1, 2500, 384})).scalar_type(), at::kFloat);
}

// So few rows, or no image, as ever.
TEST(Linear, InferenceKeepsItsBits) {
  const auto weight = at::randn({64, 64}).set_requires_grad(true);
  const auto bias = at::randn({64}).set_requires_grad(true);
  const at::Tensor x = at::randn({2500, 64});
  const c10::InferenceMode no_gradients;
  EXPECT_TRUE(at::equal(linear(x, weight, bias), at::linear(x, weight, bias)));
}

TEST(Linear, WhatIsFrozenGetsNoGradientAndDoubleWorks) {
  const auto weight = at::randn({8, 16}).set_requires_grad(true);
  const auto bias = at::randn({8});
  const auto x = at::randn({2100, 16});
  linear(x, weight, bias).sum().backward();
  EXPECT_TRUE(weight.grad().defined());
  EXPECT_FALSE(bias.grad().defined());
  EXPECT_FALSE(x.grad().defined());
  const auto exact = at::randn({8, 16}, at::kDouble).set_requires_grad(true);
  EXPECT_EQ(linear(x.to(at::kDouble), exact, bias.to(at::kDouble)).scalar_type(), at::kDouble);
}

}  // namespace
}  // namespace saccade
