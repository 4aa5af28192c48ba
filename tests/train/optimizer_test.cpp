// AdamW and SGD against steps worked out by hand, and gradients cut down to a norm.
#include "saccade/train/optimizer.h"

#include <gmock/gmock.h>
#include <gtest/gtest.h>

#include "saccade/core/error.h"
#include "tests/model/tiny_models.h"
#include "tests/train/clip_gradients.h"

namespace saccade {
namespace {

Parameter parameter(const std::string& name, at::Tensor values) {
  return {name, values.set_requires_grad(true)};
}

void give_gradient(const Parameter& to, const at::Tensor& gradient) {
  to.tensor.mutable_grad() = gradient;
}

// AdamW, its first and second step written out: Loshchilov and Hutter 2019, algorithm 2.
TEST(Optimizer, TheFirstStepsOfAdamWAreThoseOfThePaper) {
  const Parameter p = parameter("w", at::tensor({1.0, -2.0}, at::kDouble));
  Optimizer optimizer({{0.1, {p}}}, {.weight_decay = 0.01});
  double w[2] = {1, -2}, m[2] = {}, v[2] = {};
  const double gradients[2][2] = {{0.5, -3}, {-0.25, 2}};
  for (int t = 1; t <= 2; ++t) {
    const double* g = gradients[t - 1];
    const double lr = 0.1 * (t == 1 ? 1 : 0.5);
    for (int i = 0; i < 2; ++i) {
      m[i] = 0.9 * m[i] + 0.1 * g[i];
      v[i] = 0.999 * v[i] + 0.001 * g[i] * g[i];
      const double mean = m[i] / (1 - std::pow(0.9, t)), square = v[i] / (1 - std::pow(0.999, t));
      w[i] -= lr * 0.01 * w[i];  // decoupled
      w[i] -= lr * mean / (std::sqrt(square) + 1e-8);
    }
    give_gradient(p, at::tensor({g[0], g[1]}, at::kDouble));
    optimizer.step(t == 1 ? 1 : 0.5);
    for (int i = 0; i < 2; ++i) EXPECT_NEAR(p.tensor[i].item<double>(), w[i], 1e-12) << t;
  }
  // A gradient of any size moves a weight by the rate at first: 1 - 0.001 - 0.1.
  EXPECT_EQ(optimizer.states()[0].step.item<float>(), 2);
  EXPECT_NEAR(optimizer.states()[0].exp_avg[1].item<double>(), m[1], 1e-12);
}

// b = 0.9 b + (g + decay w), w -= lr b. By hand, with decay 0.1 and rate 0.5:
// g = 1: b = 1 + 0.2 = 1.2, w = 2 - 0.6 = 1.4; g = -1: b = 1.08 - 1 + 0.14 = 0.22, w = 1.29.
TEST(Optimizer, TwoStepsOfSgdKeepMomentumAndPullTowardsZero) {
  const Parameter p = parameter("w", at::tensor({2.0}, at::kDouble));
  Optimizer optimizer({{0.5, {p}}}, {.sgd = true, .weight_decay = 0.1});
  give_gradient(p, at::tensor({1.0}, at::kDouble));
  optimizer.step(1);
  EXPECT_NEAR(p.tensor.item<double>(), 1.4, 1e-12);
  give_gradient(p, at::tensor({-1.0}, at::kDouble));
  optimizer.step(1);
  EXPECT_NEAR(p.tensor.item<double>(), 1.29, 1e-12);
  EXPECT_NEAR(optimizer.states()[0].momentum_buffer.item<double>(), 0.22, 1e-12);
  EXPECT_FALSE(optimizer.states()[0].exp_avg.defined());
}

TEST(Optimizer, EveryGroupHasItsRateAndAllFollowTheFactor) {
  const Parameter fast = parameter("fast", at::zeros({1})),
                  slow = parameter("slow", at::zeros({1}));
  Optimizer optimizer({{1.0, {fast}}, {0.25, {slow}}}, {.sgd = true, .weight_decay = 0});
  give_gradient(fast, at::ones({1}));
  give_gradient(slow, at::ones({1}));
  optimizer.step(0.5);
  EXPECT_FLOAT_EQ(fast.tensor.item<float>(), -0.5F);
  EXPECT_FLOAT_EQ(slow.tensor.item<float>(), -0.125F);
}

// Not even decay: an unused parameter is not worn down.
TEST(Optimizer, AParameterWithoutGradientIsLeftAlone) {
  for (const bool sgd : {false, true}) {
    const Parameter used = parameter("used", at::ones({2})),
                    idle = parameter("idle", at::ones({2}));
    Optimizer optimizer({{0.1, {idle, used}}}, {.sgd = sgd, .weight_decay = 0.5});
    give_gradient(used, at::ones({2}));
    optimizer.step(1);
    EXPECT_TRUE(at::equal(idle.tensor, at::ones({2})));
    EXPECT_FALSE(at::equal(used.tensor, at::ones({2})));
    const ParameterState& state = optimizer.states()[0];
    EXPECT_FALSE(state.step.defined() || state.exp_avg.defined() || state.exp_avg_sq.defined() ||
                 state.momentum_buffer.defined());
    EXPECT_TRUE(optimizer.states()[1].exp_avg.defined() != sgd);
  }
}

TEST(Optimizer, ZeroGradLeavesNoGradient) {
  const Parameter p = parameter("w", at::ones({2}));
  Optimizer optimizer({{0.1, {p}}}, {});
  give_gradient(p, at::ones({2}));
  optimizer.zero_grad();
  EXPECT_FALSE(p.tensor.grad().defined());
}

// A run that is taken up again walks on as if it had not been interrupted.
TEST(Optimizer, StatesThatWereSetGoOnWhereTheyStood) {
  const auto walk = [](bool interrupted) {
    const Parameter p = parameter("w", at::ones({3}));
    auto optimizer =
        std::make_unique<Optimizer>(std::vector<ParamGroup>{{0.1, {p}}}, OptimizerOptions{});
    for (int step = 0; step < 4; ++step) {
      if (interrupted && step == 2) {
        auto states = optimizer->states();
        optimizer =
            std::make_unique<Optimizer>(std::vector<ParamGroup>{{0.1, {p}}}, OptimizerOptions{});
        optimizer->set_states(std::move(states));
      }
      give_gradient(p, at::tensor({1.0F, -0.5F, 3.0F}) * (step + 1));
      optimizer->step(1);
    }
    return p.tensor.detach().clone();
  };
  EXPECT_TRUE(at::equal(walk(true), walk(false)));
}

// A checkpoint's state comes in rows; a weight may lie in memory channels last.
TEST(Optimizer, StatesOfAnotherMemoryLayoutMeanTheSame) {
  const auto walk = [](bool in_rows) {
    at::manual_seed(1);
    const at::Tensor values = at::randn({2, 3, 2, 2}).contiguous(at::MemoryFormat::ChannelsLast);
    const at::Tensor gradient = at::randn_like(values), mean = at::randn({2, 3, 2, 2});
    const at::Tensor square = at::rand({2, 3, 2, 2});
    const Parameter p = parameter("w", values);
    Optimizer optimizer({{0.1, {p}}}, {});
    const auto format = in_rows ? at::MemoryFormat::Contiguous : at::MemoryFormat::ChannelsLast;
    optimizer.set_states({{.step = at::full({}, 3, at::kFloat),
                           .exp_avg = mean.contiguous(format),
                           .exp_avg_sq = square.contiguous(format)}});
    give_gradient(p, gradient);
    optimizer.step(1);
    return p.tensor.detach().contiguous();
  };
  EXPECT_TRUE(at::allclose(walk(true), walk(false), 0, 1e-7));
}

TEST(Optimizer, StatesOfAnotherModelAreRefusedByName) {
  const Parameter p = parameter("head.weight", at::ones({2, 3}));
  Optimizer optimizer({{0.1, {parameter("head.bias", at::ones({2})), p}}}, {});
  EXPECT_THAT(error_of([&] { optimizer.set_states(std::vector<ParameterState>(3)); }),
              testing::HasSubstr("of 3 parameters, this model trains 2"));
  for (at::Tensor ParameterState::*part :
       {&ParameterState::exp_avg, &ParameterState::exp_avg_sq, &ParameterState::momentum_buffer}) {
    std::vector<ParameterState> states(2);
    states[1].*part = at::zeros({3, 2});
    EXPECT_THAT(error_of([&] { optimizer.set_states(states); }),
                testing::AllOf(testing::HasSubstr("head.weight is [3, 2]"),
                               testing::HasSubstr("the parameter [2, 3]")));
  }
  EXPECT_FALSE(optimizer.states()[1].exp_avg.defined());
}

// 3, 4 and 12 together have the norm 13.
TEST(ClipGradients, ScalesAllToTheNormAndTellsTheOneBefore) {
  const Parameter a = parameter("a", at::zeros({2})), b = parameter("b", at::zeros({1}));
  const Parameter idle = parameter("idle", at::zeros({1}));
  const std::vector<ParamGroup> groups{{1, {a, idle}}, {1, {b}}};
  const auto give = [&] {
    give_gradient(a, at::tensor({3.0F, -4.0F}));
    give_gradient(b, at::tensor({12.0F}));
  };
  give();
  EXPECT_NEAR(clip_gradients(groups, 6.5), 13, 1e-6);
  EXPECT_TRUE(at::allclose(a.tensor.grad(), at::tensor({1.5F, -2.0F}), 1e-6));
  EXPECT_NEAR(b.tensor.grad().item<double>(), 6, 1e-5);
  for (const double enough : {20.0, 0.0, -1.0}) {  // below the norm, and not at all
    give();
    EXPECT_NEAR(clip_gradients(groups, enough), 13, 1e-6);
    EXPECT_TRUE(at::equal(a.tensor.grad(), at::tensor({3.0F, -4.0F}))) << enough;
  }
}

}  // namespace
}  // namespace saccade
