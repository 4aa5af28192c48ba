// Detector and training on a real GPU against the CPU. Skipped where there is none; what can be proven there is proven on the
// strict device.
#include <ATen/ATen.h>
#include <c10/core/InferenceMode.h>
#include <gtest/gtest.h>

#include "saccade/model/graphed_detector.h"
#include "saccade/op/autocast.h"
#include "saccade/op/devices.h"
#include "saccade/train/train_step.h"
#include "tests/train/tiny_training.h"

namespace saccade {
namespace {

using at::Tensor;

class Gpu : public testing::Test {
 protected:
  void SetUp() override {
    device = open_device("auto").device;
    // Nothing stands in for CUDA's own streams, graphs and libraries: without a GPU there is nothing to compare.
    if (!device.is_cuda()) GTEST_SKIP() << "no GPU that this build can use";
    at::globalContext().setAllowTF32CuDNN(false);
  }

  at::Device device{at::kCPU};
};

std::vector<ModelConfig> variants() {
  ModelConfig refine = tiny_deformable();
  refine.with_box_refine = true;
  ModelConfig single = tiny_deformable();
  single.num_feature_levels = 1;
  return {tiny_deformable(), refine, single, tiny_two_stage(), tiny_detr()};
}

double difference(const Tensor& a, const Tensor& b) {
  return (a.cpu().to(at::kDouble) - b.cpu().to(at::kDouble)).abs().max().item<double>();
}

struct Pair {
  std::unique_ptr<Detector> cpu, gpu;

  Pair(const ModelConfig& config, at::Device device)
      : cpu(random_detector(config)), gpu(random_detector(config)) {
    gpu->to(device);
  }
};

TEST_F(Gpu, ADetectorFindsWhatItFindsOnTheCpu) {
  for (const ModelConfig& config : variants()) {
    const Pair detectors(config, device);
    const Batch batch = random_batch(96, 128);
    const c10::InferenceMode no_gradients;
    const ModelOutput wanted = detectors.cpu->forward(batch.pixels, batch.mask);
    const ModelOutput got = detectors.gpu->forward(batch.pixels.to(device), batch.mask.to(device));
    EXPECT_LE(difference(got.pred_boxes, wanted.pred_boxes), 1e-4);
    EXPECT_LE(difference(got.pred_logits, wanted.pred_logits), 1e-3);
  }
}

class Nobody : public AttentionHook {};

// With a hook locations and weights are written down, without one they are worked out inside the kernel.
TEST_F(Gpu, WhoLooksSeesTheSameBoxes) {
  for (const ModelConfig& config : variants()) {
    const Pair detectors(config, device);
    const Batch batch = random_batch(96, 128);
    const c10::InferenceMode no_gradients;
    Nobody hook;
    const Tensor pixels = batch.pixels.to(device), mask = batch.mask.to(device);
    EXPECT_LE(difference(detectors.gpu->forward(pixels, mask).pred_boxes,
                         detectors.gpu->forward(pixels, mask, &hook).pred_boxes),
              1e-4);
  }
}

TEST_F(Gpu, SixteenBitsAreNearThirtyTwo) {
  for (const auto type : {at::kBFloat16, at::kHalf}) {
    const Pair detectors(tiny_deformable(), device);
    const Batch batch = random_batch(96, 128);
    const c10::InferenceMode no_gradients;
    const ModelOutput wanted = detectors.cpu->forward(batch.pixels, batch.mask);
    const Autocast autocast(device.type(), type);
    const ModelOutput got = detectors.gpu->forward(batch.pixels.to(device), batch.mask.to(device));
    EXPECT_LE(difference(got.pred_boxes, wanted.pred_boxes), 0.02) << type;
  }
}

TEST_F(Gpu, ARecordedPassGivesThePassesOwnResult) {
  for (const ModelConfig& config : variants()) {
    const Pair detectors(config, device);
    GraphedDetector graphed(*detectors.gpu);
    for (int i = 0; i < 5; ++i) {
      const Tensor pixels = at::randn({1, 3, 96, 128}).to(device);
      const Tensor mask = at::zeros({1, 96, 128}, pixels.options().dtype(at::kBool));
      const ModelOutput got = graphed.forward(pixels, mask);
      const c10::InferenceMode no_gradients;
      EXPECT_LE(difference(got.pred_boxes, detectors.gpu->forward(pixels, mask).pred_boxes), 1e-5);
    }
    EXPECT_EQ(graphed.recorded(), 1);
  }
}

// A step of training somewhere.
struct Training {
  TrainConfig config = tiny_training();
  RankGroup ranks{std::nullopt};
  ProcessGroup group{ranks};
  std::unique_ptr<Detector> detector;
  std::unique_ptr<Optimizer> optimizer;
  std::unique_ptr<TrainStep> step;

  Training(at::Device device, const std::string& precision) {
    config.precision = precision;
    detector = random_detector(config.model);
    detector->to(device);
    optimizer =
        std::make_unique<Optimizer>(make_param_groups(*detector, config), OptimizerOptions{});
    step = std::make_unique<TrainStep>(config, *detector, *optimizer, group);
  }
  StepReport run(int steps) {
    StepReport report;
    const TrainBatch batch = on_device(noise_batch({2, 3}), detector->device());
    for (int i = 0; i < steps; ++i) report = step->run(std::vector<TrainBatch>{batch}, i, 1, false);
    return report;
  }
};

TEST_F(Gpu, ATrainingStepHasTheCpusLossesAndGradient) {
  const StepReport wanted = Training(at::kCPU, "fp32").run(1);
  const StepReport got = Training(device, "fp32").run(1);
  EXPECT_NEAR(got.total, wanted.total, 1e-3 * wanted.total);
  EXPECT_NEAR(got.grad_norm, wanted.grad_norm, 5e-3 * wanted.grad_norm);
}

TEST_F(Gpu, SixteenBitsTrain) {
  const StepReport wanted = Training(at::kCPU, "fp32").run(1);
  for (const char* precision : {"bf16", "fp16"}) {
    const StepReport got = Training(device, precision).run(1);
    EXPECT_NEAR(got.total, wanted.total, 0.05 * wanted.total) << precision;
  }
}

TEST_F(Gpu, DeterministicStepsEndWithTheSameBits) {
  at::globalContext().setDeterministicAlgorithms(true, /*warn_only=*/true);
  at::globalContext().setDeterministicCuDNN(true);
  const auto weights = [&] {
    Training training(device, "fp32");
    training.run(3);
    return weights_of(*training.detector);
  };
  const TensorMap first = weights(), second = weights();
  at::globalContext().setDeterministicAlgorithms(false, true);
  at::globalContext().setDeterministicCuDNN(false);
  EXPECT_TRUE(all_equal(first, second));
}

}  // namespace
}  // namespace saccade
