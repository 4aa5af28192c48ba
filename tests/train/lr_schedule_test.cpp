// The learning rate over a run: drops, the cosine, the rise at the beginning.
#include "saccade/train/lr_schedule.h"

#include <gtest/gtest.h>

#include <cmath>

namespace saccade {
namespace {

TrainConfig config_of(const std::string& schedule) {
  TrainConfig config;
  config.lr_schedule = schedule;
  config.lr_drop = 40;
  config.epochs = 50;
  return config;
}

double factor_at(const TrainConfig& config, std::int64_t epoch, std::int64_t step,
                 std::int64_t steps_per_epoch = 10) {
  return lr_factor(config, {.epoch = epoch, .step = step, .steps_per_epoch = steps_per_epoch});
}

TEST(LrSchedule, StepDropsToATenthEveryLrDropEpochs) {
  const TrainConfig config = config_of("step");
  EXPECT_DOUBLE_EQ(factor_at(config, 0, 0), 1);
  EXPECT_DOUBLE_EQ(factor_at(config, 39, 399), 1);
  EXPECT_DOUBLE_EQ(factor_at(config, 40, 400), 0.1);
  EXPECT_NEAR(factor_at(config, 80, 800), 0.01, 1e-15);
}

TEST(LrSchedule, CosineFallsFromOneToNearlyNothing) {
  const TrainConfig config = config_of("cosine");  // 500 steps
  EXPECT_DOUBLE_EQ(factor_at(config, 0, 0), 1);
  EXPECT_NEAR(factor_at(config, 12, 125), 0.5 * (1 + std::sqrt(0.5)), 1e-12);
  EXPECT_NEAR(factor_at(config, 25, 250), 0.5, 1e-12);
  const double last = factor_at(config, 49, 499);
  EXPECT_GT(last, 0);
  EXPECT_LT(last, 1e-4);
  EXPECT_NEAR(factor_at(config, 51, 510), 0, 1e-12);  // and does not rise again
}

TEST(LrSchedule, FewerStepsMakeTheCosineShorter) {
  TrainConfig config = config_of("cosine");
  config.steps = 100;
  EXPECT_EQ(total_steps(config, 10), 100);
  EXPECT_NEAR(factor_at(config, 5, 50), 0.5, 1e-12);
  config.steps = 1000;  // more than the epochs have
  EXPECT_EQ(total_steps(config, 10), 500);
  EXPECT_NEAR(factor_at(config, 25, 250), 0.5, 1e-12);
  config.steps = 0;
  EXPECT_EQ(total_steps(config, 10), 500);
}

// Four steps of warm-up: 1/5, 2/5, 3/5, 4/5, then all of it.
TEST(LrSchedule, WarmUpRisesStraightOnTopOfEitherSchedule) {
  for (const char* schedule : {"step", "cosine"}) {
    const TrainConfig cold = config_of(schedule);
    TrainConfig warm = cold;
    warm.warmup_steps = 4;
    for (int step = 0; step < 8; ++step) {
      const double expected = step < 4 ? (step + 1) / 5.0 : 1;
      EXPECT_NEAR(factor_at(warm, 0, step), expected * factor_at(cold, 0, step), 1e-12) << step;
    }
  }
}

}  // namespace
}  // namespace saccade
