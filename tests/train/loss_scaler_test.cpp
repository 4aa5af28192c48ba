// Loss scaling by hand: when it grows, backs off, and what it does to gradients.
#include "saccade/train/loss_scaler.h"

#include <ATen/ATen.h>
#include <gtest/gtest.h>

#include <cmath>
#include <limits>

namespace saccade {
namespace {

constexpr float kInfinity = std::numeric_limits<float>::infinity();

// Three good steps double it, a bad one halves it and counting begins anew.
TEST(LossScaler, GrowsAfterGoodStepsInARowAndBacksOffAfterABadOne) {
  LossScaler scaler({.scale = 1024, .growth_interval = 3});
  const bool bad[] = {false, false, true, false, false, false, false, true, true, false};
  const double scales[] = {1024, 1024, 512, 512, 512, 1024, 1024, 512, 256, 256};
  const std::int64_t trackers[] = {1, 2, 0, 1, 2, 0, 1, 0, 0, 1};
  for (int i = 0; i < 10; ++i) {
    scaler.update(bad[i]);
    EXPECT_EQ(scaler.state().scale, scales[i]) << i;
    EXPECT_EQ(scaler.state().growth_tracker, trackers[i]) << i;
  }
}

TEST(LossScaler, HasTheDefaultsOfTorchAmp) {
  LossScaler scaler;
  EXPECT_EQ(scaler.state().scale, 65536);
  for (int i = 0; i < 1999; ++i) scaler.update(false);
  EXPECT_EQ(scaler.state().scale, 65536);
  scaler.update(false);
  EXPECT_EQ(scaler.state().scale, 131072);
}

// 2^127 is the last power of two in float32.
TEST(LossScaler, NeverGrowsBeyondFloat32) {
  LossScaler scaler({.scale = std::ldexp(1.0, 127), .growth_interval = 1});
  scaler.update(false);
  EXPECT_EQ(scaler.state().scale, std::ldexp(1.0, 127));
  EXPECT_EQ(scaler.state().growth_tracker, 0);
}

// In float16 the gradient of 2^-26 * w is 0; scaled by 65536 it is 2^-10.
TEST(LossScaler, KeepsAGradientThatFloat16WouldLose) {
  const at::Tensor w = at::ones({1}, at::kHalf).set_requires_grad(true);
  const at::Tensor tiny = at::full({}, std::ldexp(1.0, -26), at::kFloat);
  (w.to(at::kFloat) * tiny).sum().backward();
  EXPECT_EQ(w.grad().item<float>(), 0);
  w.mutable_grad().reset();
  LossScaler scaler;
  scaler.scaled((w.to(at::kFloat) * tiny).sum()).backward();
  at::Tensor gradient = w.grad().to(at::kFloat);
  EXPECT_EQ(scaler.unscale({gradient}).item<float>(), 0);
  EXPECT_EQ(gradient.item<double>(), std::ldexp(1.0, -26));
}

TEST(LossScaler, TellsAnyValueThatIsNotFinite) {
  const LossScaler scaler({.scale = 4});
  for (const float wrong : {kInfinity, -kInfinity, std::nanf("")}) {
    const at::Tensor good = at::full({3}, 8.0F), bad = at::tensor({1.0F, wrong});
    EXPECT_EQ(scaler.unscale({good, bad}).item<float>(), 1) << wrong;
    EXPECT_TRUE(at::equal(good, at::full({3}, 2.0F)));
  }
  EXPECT_EQ(scaler.unscale({at::full({2}, 3e38F)}).item<float>(), 0);
  EXPECT_EQ(scaler.unscale({}).item<float>(), 0);
}

TEST(LossScaler, GoesOnWhereItStood) {
  LossScaler whole({.scale = 8, .growth_interval = 4});
  for (const bool bad : {false, true, false, false}) whole.update(bad);
  LossScaler resumed;
  resumed.restore(whole.state());
  for (const bool bad : {false, false, true}) {
    whole.update(bad);
    resumed.update(bad);
    EXPECT_EQ(resumed.state().scale, whole.state().scale);
    EXPECT_EQ(resumed.state().growth_tracker, whole.state().growth_tracker);
  }
  EXPECT_EQ(whole.state().scale, 4);  // 8 -> 4 (bad) -> 8 (four good) -> 4 (bad)
}

}  // namespace
}  // namespace saccade
