// A part of a model that is computed again for backward gives the same result and the same gradients.
#include "saccade/model/recompute.h"

#include <ATen/ATen.h>
#include <gtest/gtest.h>

namespace saccade {
namespace {

struct Gradients {
  at::Tensor output, of_input, of_weight;
};

// Two layers with dropout between them; `again` recomputes the first.
Gradients run(bool again) {
  at::manual_seed(3);
  const auto input = at::randn({4, 8}).set_requires_grad(true);
  const auto weight = at::randn({8, 8}).set_requires_grad(true);
  const auto part = [weight](const std::vector<at::Tensor>& in) {
    return at::dropout(at::relu(at::matmul(in[0], weight)), 0.5, true);
  };
  const Mode mode{.training = true, .recompute = again};
  const auto hidden = run_layer(part, {input * 2}, mode);
  const auto output = at::dropout(hidden, 0.5, true);
  output.square().sum().backward();
  return {output.detach(), input.grad(), weight.grad()};
}

TEST(Recompute, ResultAndGradientsHaveTheSameBits) {
  const Gradients once = run(false), twice = run(true);
  EXPECT_TRUE(at::equal(once.output, twice.output));
  EXPECT_TRUE(at::equal(once.of_input, twice.of_input));
  ASSERT_TRUE(twice.of_weight.defined());
  EXPECT_TRUE(at::equal(once.of_weight, twice.of_weight));
  EXPECT_GT(once.of_weight.abs().sum().item<double>(), 0);
}

// What draws after the backward pass draws as if nothing had been computed twice.
TEST(Recompute, LeavesTheGeneratorAlone) {
  run(false);
  const auto after = at::rand({3});
  run(true);
  EXPECT_TRUE(at::equal(after, at::rand({3})));
}

TEST(Recompute, WithoutGradientsItIsAPlainCall) {
  const at::NoGradGuard no_grad;
  const auto x = at::ones({2});
  EXPECT_TRUE(at::equal(
      recomputed([](const std::vector<at::Tensor>& in) { return in[0] * 3; }, {x}), x * 3));
}

}  // namespace
}  // namespace saccade
