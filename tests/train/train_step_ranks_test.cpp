// Two processes with an image each take the step of one process with both.
#include <gtest/gtest.h>

#include "saccade/train/train_step.h"
#include "tests/dist/forked_ranks.h"
#include "tests/train/same_step.h"
#include "tests/train/tiny_training.h"

namespace saccade {
namespace {

TrainConfig config_of(int accumulate) {
  TrainConfig config = tiny_training();
  config.clip_max_norm = 0;
  config.accumulate = accumulate;
  return config;
}

// The gradient of a step (SGD's momentum buffers after the first) and what it reports.
struct Taken {
  at::Tensor gradient;
  StepReport report;
};

Taken take_step(const TrainConfig& config, const std::vector<TrainBatch>& parts,
                const RankGroup& ranks, bool stop, std::uint64_t weights) {
  ProcessGroup group(ranks);
  const auto detector = random_detector(config.model, weights);
  Optimizer optimizer(make_param_groups(*detector, config), {.sgd = true, .weight_decay = 0});
  TrainStep step(config, *detector, optimizer, group);
  Taken taken{.report = step.run(parts, 0, 1, stop)};
  taken.gradient = first_gradient(optimizer);
  return taken;
}

// Rank 1 begins with other weights: it gets rank 0's. The wish of one rank to stop is every rank's.
TEST(TrainStepOverRanks, TwoWithAnImageEachAreOneWithBoth) {
  const auto codes = in_processes(2, [](int rank, int port) {
    const TrainBatch batch = noise_batch({3, 1});
    RankGroup ranks(environment(rank, 2, port));
    const Taken ours = take_step(config_of(1), {image_of(batch, rank)}, ranks, rank == 1,
                                 static_cast<std::uint64_t>(rank + 1));
    const Taken alone = take_step(config_of(1), {batch}, RankGroup(std::nullopt), false, 1);
    ranks.finish();
    if (!ours.report.stop) return 2;
    return is_same_step(ours, alone) ? 0 : 1;
  });
  EXPECT_EQ(codes, (std::vector<int>{0, 0}));
}

// Two ranks with two parts each: four images with four, one, no and two objects.
TEST(TrainStepOverRanks, PartsAndRanksTogetherAreOneBatch) {
  const auto codes = in_processes(2, [](int rank, int port) {
    const TrainBatch batch = noise_batch({4, 1, 0, 2});
    RankGroup ranks(environment(rank, 2, port));
    const Taken ours = take_step(
        config_of(2), {image_of(batch, 2 * rank), image_of(batch, 2 * rank + 1)}, ranks, false, 1);
    const Taken alone = take_step(config_of(1), {batch}, RankGroup(std::nullopt), false, 1);
    ranks.finish();
    if (ours.report.stop) return 2;
    return is_same_step(ours, alone) ? 0 : 1;
  });
  EXPECT_EQ(codes, (std::vector<int>{0, 0}));
}

// Rank 1's image is empty. A loss without weight leaves its heads without a gradient, missing auxiliary
// losses those of the earlier layer.
TEST(TrainStepOverRanks, WhatLearnsNothingIsNoError) {
  TrainConfig frozen = config_of(1);
  frozen.lr_backbone = 0;
  std::vector<TrainConfig> configs(3, frozen);
  configs[0].cls_loss_coef = 0;
  configs[1].bbox_loss_coef = configs[1].giou_loss_coef = 0;
  configs[2].aux_loss = false;
  configs[2].model.with_box_refine = true;  // heads of their own
  for (const TrainConfig& config : configs) {
    const auto codes = in_processes(2, [&](int rank, int port) {
      const TrainBatch batch = noise_batch({3, 0});
      RankGroup ranks(environment(rank, 2, port));
      const Taken ours = take_step(config, {image_of(batch, rank)}, ranks, false, 1);
      const Taken alone = take_step(config, {batch}, RankGroup(std::nullopt), false, 1);
      ranks.finish();
      return is_same_step(ours, alone) ? 0 : 1;
    });
    EXPECT_EQ(codes, (std::vector<int>{0, 0}));
  }
}

// Each rank says what it saw: its own image, or that another has it.
TEST(TrainStepOverRanks, ALossThatIsNotFiniteEndsEveryRank) {
  const auto codes = in_processes(2, [](int rank, int port) {
    // On rank 1 an object of 5e36 times the picture's width, whose weighted loss is no float32.
    TrainConfig config = config_of(1);
    config.bbox_loss_coef = 1e30;
    TrainBatch own = image_of(noise_batch({3, 1}), rank);
    if (rank == 1) own.targets[0].objects[0].box = {0, 0, 3e38F, 40};
    RankGroup ranks(environment(rank, 2, port));
    std::string text;
    try {
      take_step(config, {own}, ranks, false, 1);
    } catch (const Error& error) {
      text = error.what();
    }
    ranks.finish();
    const char* expected = rank == 1 ? "images 4712" : "a loss of another rank";
    return text.find(expected) != std::string::npos ? 0 : 1;
  });
  EXPECT_EQ(codes, (std::vector<int>{0, 0}));
}

}  // namespace
}  // namespace saccade
