// Two processes with a device each take the step of one process without. Only forked processes compute here: one
// that has used a device's threads cannot be forked.
#include <ATen/ATen.h>
#include <gtest/gtest.h>

#include "saccade/train/train_step.h"
#include "tests/dist/forked_ranks.h"
#include "tests/support/strict_backend.h"
#include "tests/support/strict_device.h"
#include "tests/train/same_step.h"
#include "tests/train/tiny_training.h"

namespace saccade {
namespace {

struct Taken {
  at::Tensor gradient;
  StepReport report;
  double scale = 0;
};

TrainConfig config_of(int accumulate) {
  TrainConfig config = tiny_training();
  config.clip_max_norm = 0;
  config.accumulate = accumulate;
  return config;
}

Taken take_step(const TrainConfig& config, std::vector<TrainBatch> parts, const RankGroup& ranks,
                at::Device device, std::uint64_t weights, double scale = 0) {
  ProcessGroup group(ranks, device);
  const auto detector = random_detector(config.model, weights);
  detector->to(device);
  Optimizer optimizer(make_param_groups(*detector, config), {.sgd = true, .weight_decay = 0});
  TrainStep step(config, *detector, optimizer, group);
  if (scale > 0) step.scaler()->restore({.scale = scale});
  for (TrainBatch& part : parts) part = on_device(part, device);
  Taken taken{.report = step.run(parts, 0, 1, false)};
  if (step.scaler() != nullptr) taken.scale = step.scaler()->state().scale;
  taken.gradient = first_gradient(optimizer);
  return taken;
}

// Rank 1 begins with other weights: it gets rank 0's, over the device's backend.
TEST(DeviceStepOverRanks, TwoWithAnImageEachAreOneWithBoth) {
  const auto codes = in_processes(2, [](int rank, int port) {
    register_strict_backend();
    const TrainBatch batch = noise_batch({3, 1});
    RankGroup ranks(environment(rank, 2, port));
    const Taken ours = take_step(config_of(1), {image_of(batch, rank)}, ranks, strict_device(),
                                 static_cast<std::uint64_t>(rank + 1));
    const Taken alone = take_step(config_of(1), {batch}, RankGroup(std::nullopt), at::kCPU, 1);
    ranks.finish();
    if (strict_exchanges() == 0) return 2;
    return is_same_step(ours, alone) ? 0 : 1;
  });
  EXPECT_EQ(codes, (std::vector<int>{0, 0}));
}

TEST(DeviceStepOverRanks, PartsAndRanksTogetherAreOneBatch) {
  const auto codes = in_processes(2, [](int rank, int port) {
    register_strict_backend();
    const TrainBatch batch = noise_batch({4, 1, 0, 2});
    RankGroup ranks(environment(rank, 2, port));
    const Taken ours =
        take_step(config_of(2), {image_of(batch, 2 * rank), image_of(batch, 2 * rank + 1)}, ranks,
                  strict_device(), 1);
    const Taken alone = take_step(config_of(1), {batch}, RankGroup(std::nullopt), at::kCPU, 1);
    ranks.finish();
    return is_same_step(ours, alone) ? 0 : 1;
  });
  EXPECT_EQ(codes, (std::vector<int>{0, 0}));
}

// A head without a loss has no gradient on any rank: the map of used parameters crosses the device too.
TEST(DeviceStepOverRanks, WhatLearnsNothingIsNoError) {
  TrainConfig config = config_of(1);
  config.lr_backbone = 0;
  config.cls_loss_coef = 0;
  const auto codes = in_processes(2, [&](int rank, int port) {
    register_strict_backend();
    const TrainBatch batch = noise_batch({3, 0});
    RankGroup ranks(environment(rank, 2, port));
    const Taken ours = take_step(config, {image_of(batch, rank)}, ranks, strict_device(), 1);
    const Taken alone = take_step(config, {batch}, RankGroup(std::nullopt), at::kCPU, 1);
    ranks.finish();
    return is_same_step(ours, alone) ? 0 : 1;
  });
  EXPECT_EQ(codes, (std::vector<int>{0, 0}));
}

// Only rank 1's image overflows float16; its gradient is everybody's mean.
TEST(DeviceStepOverRanks, AnOverflowOnOneRankSkipsTheStepOfAll) {
  TrainConfig config = config_of(1);
  config.model = tiny_detr();
  config.model.norm = BackboneNorm::kGroup;
  config.model.dropout = 0;
  config.precision = "fp16";
  const auto codes = in_processes(2, [&](int rank, int port) {
    register_strict_backend();
    TrainBatch own = image_of(noise_batch({2, 2}), rank);
    RankGroup ranks(environment(rank, 2, port));
    TrainConfig mine = config;
    if (rank == 1) mine.bbox_loss_coef = 1e8;
    const Taken taken = take_step(mine, {own}, ranks, strict_device(), 1, 16);
    ranks.finish();
    return taken.report.skipped && taken.scale == 8 && !taken.gradient.defined() ? 0 : 1;
  });
  EXPECT_EQ(codes, (std::vector<int>{0, 0}));
}

}  // namespace
}  // namespace saccade
