// What training keeps between steps, on a device: the CPU's numbers, and files that do not tell where it was.
#include <ATen/ATen.h>
#include <gtest/gtest.h>

#include <array>

#include "saccade/core/file_io.h"
#include "saccade/train/train_loader.h"
#include "saccade/train/training_checkpoint.h"
#include "saccade/train/weight_average.h"
#include "tests/data/temporary_folder.h"
#include "tests/support/strict_device.h"
#include "tests/train/tiny_photos.h"
#include "tests/train/clip_gradients.h"
#include "tests/train/tiny_training.h"

namespace saccade {
namespace {

const std::array<at::Device, 2> kDevices{at::Device(at::kCPU), strict_device()};

at::Tensor leaf_on(at::Device device, const at::Tensor& values) {
  return values.clone().to(device).set_requires_grad(true);
}

// Two parameters in two groups, one of them in another layout.
struct TwoGroups {
  at::Tensor a, b;
  Optimizer optimizer;

  TwoGroups(at::Device device, bool sgd)
      : a(leaf_on(device, at::arange(6, at::kFloat).view({2, 3}) - 2)),
        b(leaf_on(device, at::arange(16, at::kFloat)
                              .view({1, 2, 2, 4})
                              .contiguous(at::MemoryFormat::ChannelsLast))),
        optimizer({{0.1, {{"a", a}}}, {0.01, {{"b", b}}}}, {.sgd = sgd, .weight_decay = 0.01}) {}

  void take_steps(int from, int to) {
    for (int step = from; step < to; ++step) {
      at::manual_seed(static_cast<std::uint64_t>(step));
      for (const at::Tensor* p : {&a, &b})
        p->mutable_grad() = at::empty_like(*p).copy_(at::randn(p->sizes()), true).detach();
      clip_gradients(optimizer.groups(), 0.5);
      optimizer.step(1.0 / (step + 1));
    }
  }
};

class OptimizerOnDevice : public testing::TestWithParam<bool> {};

TEST_P(OptimizerOnDevice, TakesTheCpusStepsAndReadsOneNumberForTheNorm) {
  TwoGroups cpu(at::kCPU, GetParam()), device(strict_device(), GetParam());
  cpu.take_steps(0, 3);
  reset_strict_waits();
  device.take_steps(0, 3);
  EXPECT_EQ(strict_waits().all(), 3) << strict_waits().text();
  EXPECT_TRUE(at::equal(device.a.detach().cpu(), cpu.a.detach()));
  EXPECT_TRUE(at::equal(device.b.detach().cpu(), cpu.b.detach()));
}

// From states of the CPU, as a checkpoint has them, `step` among them.
TEST_P(OptimizerOnDevice, GoesOnFromStatesOfTheCpu) {
  TwoGroups whole(at::kCPU, GetParam()), first(at::kCPU, GetParam()),
      rest(strict_device(), GetParam());
  whole.take_steps(0, 4);
  first.take_steps(0, 2);
  {
    const at::NoGradGuard no_grad;
    rest.a.copy_(first.a);
    rest.b.copy_(first.b);
  }
  std::vector<ParameterState> states = first.optimizer.states();
  states[1].exp_avg = states[1].exp_avg.defined() ? states[1].exp_avg.contiguous() : at::Tensor();
  rest.optimizer.set_states(states);
  rest.take_steps(2, 4);
  EXPECT_TRUE(at::equal(rest.a.detach().cpu(), whole.a.detach()));
  EXPECT_TRUE(at::equal(rest.b.detach().cpu(), whole.b.detach()));
  for (const ParameterState& state : rest.optimizer.states()) {
    const at::Tensor& kept = GetParam() ? state.momentum_buffer : state.step;
    EXPECT_EQ(kept.device(), strict_device());
  }
}

INSTANTIATE_TEST_SUITE_P(AdamWAndSgd, OptimizerOnDevice, testing::Bool());

// A detector with averaged weights after one step along noise.
struct Trained {
  TrainConfig config = tiny_training();
  std::unique_ptr<Detector> detector;
  std::unique_ptr<Optimizer> optimizer;
  std::unique_ptr<WeightAverage> average;
  LossMeters meters;
  const LossScale scale{.scale = 4096, .growth_tracker = 17};

  explicit Trained(at::Device device) : detector(random_detector(config.model, 3)) {
    config.lr_backbone = 0;  // frozen: its states would be most of the file
    detector->to(device);
    optimizer =
        std::make_unique<Optimizer>(make_param_groups(*detector, config), OptimizerOptions{});
    average = std::make_unique<WeightAverage>(*detector, 0.9);
    at::manual_seed(4);
    for (const Parameter& p : all_parameters(optimizer->groups())) {
      const at::Tensor noise = at::randn(p.tensor.sizes());
      p.tensor.mutable_grad() = at::empty_like(p.tensor).copy_(noise, true).detach();
    }
    optimizer->step(1);
    average->update(1);
  }

  CheckpointSource source() {
    return {.weights = detector.get(),
            .average = &average->detector(),
            .optimizer = optimizer.get(),
            .meters = &meters,
            .scale = &scale};
  }
};

class StateOnDevice : public InTemporaryFolder {};

// Byte for byte: no number was rounded on its way, and shared tensors are written once.
TEST_F(StateOnDevice, ACheckpointIsTheCpusFile) {
  for (std::size_t i = 0; i < kDevices.size(); ++i) {
    Trained trained(kDevices[i]);
    const auto folder = folder_ / std::to_string(i);  // the file's name is in the file
    std::filesystem::create_directory(folder);
    write_training_checkpoint(folder / "c.pth", trained.source());
  }
  EXPECT_TRUE(read_file(folder_ / "0/c.pth") == read_file(folder_ / "1/c.pth"));
}

TEST_F(StateOnDevice, ACheckpointComesBackToTheDevice) {
  Trained trained(strict_device());
  write_training_checkpoint(folder_ / "c.pth", trained.source());
  const TrainingCheckpoint read = read_training_checkpoint(folder_ / "c.pth");
  Trained other(strict_device());
  other.optimizer->set_states(read.optimizer);
  const auto& before = trained.optimizer->states();
  for (std::size_t i = 0; i < before.size(); ++i) {
    const ParameterState& after = other.optimizer->states()[i];
    EXPECT_EQ(after.exp_avg.device(), strict_device());
    EXPECT_TRUE(at::equal(after.exp_avg_sq.cpu(), before[i].exp_avg_sq.cpu()));
    EXPECT_TRUE(at::equal(after.step.cpu(), before[i].step.cpu()));
  }
}

// Threads send, the reader gets; also where nothing is loaded ahead.
TEST(LoaderOnDevice, BatchesAreThereWithTheCpusPixels) {
  const CocoDataSet data = two_photos();
  TrainSet set(data, {.images = kPhotos, .augment = false, .size = {32, 64}});
  const std::vector<int> images{1, 0, 1, 0};
  const TrainSampler sampler({.images = 4, .batch_size = 2}, 7, 3);
  const Shipper shipper(strict_device());
  for (const int workers : {0, 2}) {
    TrainLoader cpu({&set, &images, &sampler, 2}, 3, 0, workers);
    TrainLoader device({&set, &images, &sampler, 2, &shipper}, 3, 0, workers);
    int steps = 0;
    for (auto expected = cpu.next(); expected; expected = cpu.next(), ++steps) {
      reset_strict_waits();
      const auto batches = device.next();
      EXPECT_EQ(strict_waits().all(), 0) << strict_waits().text();
      ASSERT_EQ(batches->size(), 2u);
      for (std::size_t i = 0; i < 2; ++i) {
        EXPECT_EQ((*batches)[i].mask.device(), strict_device());
        EXPECT_TRUE(at::equal((*batches)[i].pixels.cpu(), (*expected)[i].pixels));
        EXPECT_TRUE(at::equal((*batches)[i].mask.cpu(), (*expected)[i].mask));
      }
    }
    EXPECT_EQ(steps, 2);
  }
}

}  // namespace
}  // namespace saccade
