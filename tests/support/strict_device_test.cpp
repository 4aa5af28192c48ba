// The strict device does what the CPU does and refuses what a GPU refuses.
#include "tests/support/strict_device.h"

#include <ATen/ATen.h>
#include <ATen/CPUGeneratorImpl.h>
#include <ATen/autocast_mode.h>
#include <c10/core/Event.h>
#include <c10/core/impl/VirtualGuardImpl.h>
#include <gmock/gmock.h>
#include <gtest/gtest.h>

#include "saccade/op/ms_deform_attn.h"

namespace saccade {
namespace {

using at::Tensor;

const at::TensorOptions kThere = at::TensorOptions(strict_device());

template <typename Body>
std::string refusal_of(const Body& body) {
  try {
    body();
  } catch (const c10::Error& error) {
    return error.what_without_backtrace();
  }
  return "";
}

Tensor conv_block(const Tensor& x, const Tensor& w) {
  const Tensor y = at::conv2d(x, w, {}, {2, 2}, at::IntArrayRef{1, 1});
  return at::softmax(at::layer_norm(y.flatten(2).transpose(1, 2), {y.size(1)}), -1).cumsum(1);
}

TEST(StrictDevice, ComputesTheBitsOfTheCpu) {
  at::manual_seed(1);
  const Tensor x = at::randn({2, 3, 9, 7});
  const Tensor w = at::randn({5, 3, 3, 3});

  const Tensor there = conv_block(x.to(strict_device()), w.to(strict_device()));

  EXPECT_EQ(there.device(), strict_device());
  EXPECT_TRUE(there.cpu().equal(conv_block(x, w)));
}

TEST(StrictDevice, GradientsAreThoseOfTheCpu) {
  at::manual_seed(1);
  const Tensor x = at::randn({2, 3, 9, 7});
  const Tensor w = at::randn({5, 3, 3, 3}).requires_grad_();
  const Tensor w_there = w.detach().to(strict_device()).requires_grad_();

  conv_block(x, w).square().sum().backward();
  conv_block(x.to(strict_device()), w_there).square().sum().backward();

  EXPECT_TRUE(w_there.grad().cpu().equal(w.grad()));
}

TEST(StrictDevice, OperatorsRefuseTensorsOfTwoDevicesAndNameThemselves) {
  const Tensor there = at::ones({3}, kThere);

  EXPECT_THAT(refusal_of([&] { return there.index_select(0, at::arange(2)); }),
              testing::HasSubstr("aten::index_select"));
  EXPECT_NE(refusal_of([&] { return there + at::ones({3}); }), "");
  EXPECT_NE(refusal_of([&] { return at::cat({there, at::ones({3})}); }), "");
  EXPECT_NE(refusal_of([&] { return at::conv1d(at::ones({1, 1, 3}), there.view({1, 1, 3})); }), "");
  EXPECT_NE(refusal_of([&] { return at::ones({3}).add_(there); }), "");
}

TEST(StrictDevice, TakesWhatCudaTakesFromTheCpu) {
  const Tensor there = at::ones({3}, kThere);

  EXPECT_EQ((there * at::scalar_tensor(2.0)).cpu()[0].item<float>(), 2);
  EXPECT_EQ(there.index({at::tensor({0, 2})}).size(0), 2);
}

TEST(StrictDeviceDeathTest, ReadingItsMemoryOnTheHostCrashes) {
  GTEST_FLAG_SET(death_test_style, "threadsafe");
  const Tensor there = at::ones({3}, kThere);

  EXPECT_DEATH({ std::printf("%f\n", there.accessor<float, 1>()[0]); }, "");
  EXPECT_DEATH({ std::printf("%f\n", *there.const_data_ptr<float>()); }, "");
}

TEST(StrictDevice, CountsWhatWaits) {
  const Tensor there = at::ones({3}, kThere);
  reset_strict_waits();

  (void)there.sum().item<float>();
  (void)there.cpu();
  (void)at::ones({3}).to(strict_device());
  (void)at::ones({3}).to(strict_device(), /*non_blocking=*/true);
  (void)there.nonzero();
  (void)there.index({there > 0});

  const StrictWaits waits = strict_waits();
  EXPECT_EQ(waits.items, 1);
  EXPECT_EQ(waits.downloads, 1);
  EXPECT_EQ(waits.uploads, 1);
  EXPECT_EQ(waits.counts, 2);
}

TEST(StrictDevice, RandomNumbersAreItsOwn) {
  at::manual_seed(3);
  const Tensor before = at::detail::getDefaultCPUGenerator().get_state();
  const Tensor first = at::dropout(at::ones({100}, kThere), 0.5, /*train=*/true).cpu();
  EXPECT_TRUE(at::detail::getDefaultCPUGenerator().get_state().equal(before));
  EXPECT_FALSE(at::dropout(at::ones({100}, kThere), 0.5, true).cpu().equal(first));

  at::manual_seed(3);
  EXPECT_TRUE(at::dropout(at::ones({100}, kThere), 0.5, true).cpu().equal(first));
}

TEST(StrictDevice, ACopyThatWasNotWaitedForHasNotArrived) {
  const Tensor here = at::ones({3}).to(strict_device()).to(at::kCPU, /*non_blocking=*/true);
  EXPECT_TRUE(here.isnan().all().item<bool>());

  c10::Event event(c10::DeviceType::PrivateUse1);
  const c10::impl::VirtualGuardImpl guard(c10::DeviceType::PrivateUse1);
  event.record(guard.getStream(strict_device()));
  event.synchronize();

  EXPECT_TRUE(here.equal(at::ones({3})));
}

TEST(StrictDevice, AutocastTakesTheTypesOfCuda) {
  const Tensor x = at::randn({4, 8}, kThere);
  at::autocast::set_autocast_dtype(at::kPrivateUse1, at::kHalf);
  at::autocast::set_autocast_enabled(at::kPrivateUse1, true);

  const Tensor product = at::linear(x, x);
  const Tensor weights = at::softmax(product, -1);

  at::autocast::set_autocast_enabled(at::kPrivateUse1, false);
  at::autocast::clear_cache();
  EXPECT_EQ(product.scalar_type(), at::kHalf);
  EXPECT_EQ(weights.scalar_type(), at::kFloat);
}

TEST(StrictDevice, RunsTheOperatorOfThisProgramWithShapesOnTheCpu) {
  at::manual_seed(1);
  const Tensor shapes = at::tensor({4, 6, 2, 3}, at::kLong).view({2, 2});
  const Tensor value = at::randn({1, 30, 2, 4});
  const Tensor places = at::rand({1, 5, 2, 2, 3, 2});
  const Tensor weights = at::rand({1, 5, 2, 2, 3});
  const auto there = [](const Tensor& t) { return t.to(strict_device()); };

  const Tensor out = ms_deform_attn(there(value), shapes, there(places), there(weights));

  EXPECT_TRUE(out.cpu().equal(ms_deform_attn(value, shapes, places, weights)));
  EXPECT_NE(
      refusal_of([&] { return ms_deform_attn(there(value), shapes, places, there(weights)); }), "");
}

}  // namespace
}  // namespace saccade
