// Training steps on a device: the CPU's, few waits, and loss scaling.
#include <gmock/gmock.h>
#include <gtest/gtest.h>

#include "saccade/train/train_step.h"
#include "tests/support/strict_device.h"
#include "tests/train/tiny_training.h"

namespace saccade {
namespace {

// A detector with its optimizer, alone. SGD from rest without decay: a momentum buffer is the gradient.
struct Alone {
  TrainConfig config;
  at::Device device;
  std::unique_ptr<Detector> detector;
  std::unique_ptr<Optimizer> optimizer;
  RankGroup ranks{std::nullopt};
  ProcessGroup group{ranks};
  std::unique_ptr<TrainStep> step;

  Alone(const TrainConfig& c, at::Device where)
      : config(c), device(where), detector(random_detector(c.model)) {
    detector->to(device);
    optimizer = std::make_unique<Optimizer>(make_param_groups(*detector, config),
                                            OptimizerOptions{.sgd = true, .weight_decay = 0});
    step = std::make_unique<TrainStep>(config, *detector, *optimizer, group);
  }

  StepReport run(const std::vector<int>& objects, std::int64_t number = 0) {
    const TrainBatch batch = on_device(noise_batch(objects), device);
    reset_strict_waits();
    return step->run(std::vector<TrainBatch>{batch}, number, 1, false);
  }
  at::Tensor gradient() const { return first_gradient(*optimizer); }
};

struct Case {
  const char* name;
  ModelConfig model;
  double tolerance;  // of the gradient
};

void PrintTo(const Case& c, std::ostream* out) { *out << c.name; }

class StepOnDevice : public testing::TestWithParam<Case> {};

TEST_P(StepOnDevice, IsTheCpusAndWaitsTwice) {
  TrainConfig config = tiny_training();
  config.model = GetParam().model;
  config.model.norm = BackboneNorm::kGroup;
  config.model.dropout = 0;
  Alone cpu(config, at::kCPU), there(config, strict_device());
  const StepReport expected = cpu.run({3, 1}), report = there.run({3, 1});
  EXPECT_LE(strict_waits().all(), 2) << strict_waits().text();
  EXPECT_NEAR(report.total, expected.total, 1e-6 * expected.total);
  EXPECT_NEAR(report.grad_norm, expected.grad_norm, 1e-6 * expected.grad_norm);
  const at::Tensor gradient = cpu.gradient();
  EXPECT_LE((there.gradient() - gradient).abs().max().item<double>(),
            GetParam().tolerance * gradient.abs().max().item<double>());
}

INSTANTIATE_TEST_SUITE_P(Families, StepOnDevice,
                         testing::Values(Case{"deformable", tiny_deformable(), 0},
                                         Case{"two_stage", tiny_two_stage(), 0},
                                         Case{"detr", tiny_detr(), 0}),
                         [](const auto& info) { return info.param.name; });

// Plain DETR: the CPU's ms_deform_attn, which the strict device runs, has no float16.
TrainConfig detr_config(const std::string& precision) {
  TrainConfig config = tiny_training();
  config.model = tiny_detr();
  config.model.norm = BackboneNorm::kGroup;
  config.model.dropout = 0;
  config.precision = precision;
  return config;
}

TensorMap weights_on_cpu(Detector& detector) {
  TensorMap weights;
  for (const auto& [name, tensor] : state_dict(detector)) weights[name] = tensor.detach().cpu();
  return weights;
}

// With a scale of 2^60 every gradient of float16 overflows.
TEST(LossScaling, AStepThatOverflowsChangesNothingAndLowersTheScale) {
  Alone run(detr_config("fp16"), strict_device());
  run.step->scaler()->restore({.scale = std::ldexp(1.0, 60)});
  const TensorMap before = weights_on_cpu(*run.detector);
  EXPECT_TRUE(run.run({2}).skipped);
  EXPECT_EQ(run.step->scaler()->state().scale, std::ldexp(1.0, 59));
  EXPECT_TRUE(all_equal(weights_on_cpu(*run.detector), before));
  for (const ParameterState& state : run.optimizer->states())
    EXPECT_FALSE(state.momentum_buffer.defined());
  for (const Parameter& p : all_parameters(run.optimizer->groups()))
    EXPECT_FALSE(p.tensor.grad().defined()) << p.name;
}

// The gradient to a tenth (measured 0.064 at any scale, 0.19 in bfloat16).
TEST(LossScaling, AGoodStepHasTheGradientOfFloat32AndWaitsTwice) {
  Alone whole(detr_config("fp32"), strict_device()), half(detr_config("fp16"), strict_device());
  half.step->scaler()->restore({.scale = 64});
  const StepReport expected = whole.run({2}), report = half.run({2});
  EXPECT_LE(strict_waits().all(), 2) << strict_waits().text();
  EXPECT_FALSE(report.skipped);
  EXPECT_EQ(half.step->scaler()->state().growth_tracker, 1);
  EXPECT_NEAR(report.total, expected.total, 0.02 * expected.total);
  const at::Tensor gradient = whole.gradient();
  EXPECT_LT((half.gradient() - gradient).norm().item<double>(),
            0.1 * gradient.norm().item<double>());
}

TEST(LossScaling, AGradientThatOverflowsUnscaledEndsTheRun) {
  TrainConfig config = detr_config("fp16");
  config.cls_loss_coef = 1e30;
  Alone run(config, strict_device());
  run.step->scaler()->restore({.scale = 1});
  EXPECT_THAT(error_of([&] { run.run({2}); }),
              testing::AllOf(testing::HasSubstr("though the loss is not scaled any more"),
                             testing::HasSubstr("images 4711.")));
}

}  // namespace
}  // namespace saccade
