// The learning rate over a run.
#include "saccade/train/lr_schedule.h"

#include <algorithm>
#include <cmath>
#include <numbers>

namespace saccade {

std::int64_t total_steps(const TrainConfig& config, std::int64_t steps_per_epoch) {
  const std::int64_t of_epochs = config.epochs * steps_per_epoch;
  return config.steps > 0 ? std::min<std::int64_t>(config.steps, of_epochs) : of_epochs;
}

double lr_factor(const TrainConfig& config, const TrainPosition& at) {
  double factor = 1;
  if (config.lr_schedule == "cosine") {
    const auto all = static_cast<double>(total_steps(config, at.steps_per_epoch));
    const double done = std::min(1.0, static_cast<double>(at.step) / all);
    factor = 0.5 * (1 + std::cos(std::numbers::pi * done));
  } else {
    factor = std::pow(0.1, static_cast<double>(at.epoch / config.lr_drop));
  }
  if (at.step < config.warmup_steps)
    factor *= static_cast<double>(at.step + 1) / (config.warmup_steps + 1);
  return factor;
}

}  // namespace saccade
