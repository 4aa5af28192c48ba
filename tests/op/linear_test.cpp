// The linear layer of training: the numbers and gradients of at::linear.
#include "saccade/op/linear.h"

#include <ATen/ATen.h>
#include <c10/core/InferenceMode.h>
#include <gtest/gtest.h>

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
       {std::vector<std::int64_t>{200, 37}, {2, 300, 64}, {3, 5, 70, 16}, {70, 1}, {4, 8}}) {
    for (const std::int64_t out : {1, 24, 129}) {
      const Gradients ours = run(linear, shape, out), theirs = run(plain, shape, out);
      EXPECT_TRUE(at::allclose(ours.output, theirs.output, 1e-5, 1e-5)) << shape << out;
      EXPECT_TRUE(at::allclose(ours.x, theirs.x, 1e-5, 1e-5)) << shape << out;
      EXPECT_TRUE(at::allclose(ours.weight, theirs.weight, 1e-4, 1e-4)) << shape << out;
      EXPECT_TRUE(at::allclose(ours.bias, theirs.bias, 1e-4, 1e-4)) << shape << out;
    }
  }
}

TEST(Linear, InputsMayBeOfAnyStride) {
  const auto weight = at::randn({32, 48}).set_requires_grad(true);
  const auto bias = at::randn({32}).set_requires_grad(true);
  const at::Tensor x = at::randn({48, 500}).t();
  EXPECT_TRUE(at::allclose(linear(x, weight, bias), at::linear(x, weight, bias), 1e-5, 1e-5));
  const at::Tensor part = at::randn({300, 96}).narrow(1, 48, 48);
  EXPECT_TRUE(at::allclose(linear(part, weight, bias), at::linear(part, weight, bias), 1e-5, 1e-5));
  const at::Tensor y = linear(x, weight, bias);
  y.sum().backward();  // a gradient without strides
  EXPECT_TRUE(at::allclose(weight.grad(), x.sum(0).expand({32, 48}), 1e-4, 1e-4));
}

TEST(Linear, InferenceKeepsItsBits) {
  const auto weight = at::randn({64, 64}).set_requires_grad(true);
  const auto bias = at::randn({64}).set_requires_grad(true);
  const at::Tensor x = at::randn({500, 64});
  const c10::InferenceMode no_gradients;
  EXPECT_TRUE(at::equal(linear(x, weight, bias), at::linear(x, weight, bias)));
}

TEST(Linear, WhatIsFrozenGetsNoGradientAndDoubleWorks) {
  const auto weight = at::randn({8, 16}).set_requires_grad(true);
  const auto bias = at::randn({8});
  const auto x = at::randn({100, 16});
  linear(x, weight, bias).sum().backward();
  EXPECT_TRUE(weight.grad().defined());
  EXPECT_FALSE(bias.grad().defined());
  EXPECT_FALSE(x.grad().defined());
  const auto exact = at::randn({8, 16}, at::kDouble).set_requires_grad(true);
  EXPECT_EQ(linear(x.to(at::kDouble), exact, bias.to(at::kDouble)).scalar_type(), at::kDouble);
}

}  // namespace
}  // namespace saccade
