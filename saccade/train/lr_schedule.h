// The learning rate over a run, in closed form: a resumed run needs no history.
#pragma once

#include <cstdint>

#include "saccade/train/train_config.h"

namespace saccade {

// Where a run is.
struct TrainPosition {
  std::int64_t epoch = 0;            // at work, from 0
  std::int64_t step = 0;             // optimizer steps done, of the whole run
  std::int64_t steps_per_epoch = 1;  // optimizer steps
};

// Factor on every base rate for the next optimizer step. step: 0.1^floor(epoch / lr_drop), as the
// official schedule. cosine: from 1 down to 0 over the run. warmup_steps: a straight rise before, on top
// of either. Source: training.md 3.
double lr_factor(const TrainConfig& config, const TrainPosition& at);

// Optimizer steps of the whole run: config.steps, or config.epochs of them.
std::int64_t total_steps(const TrainConfig& config, std::int64_t steps_per_epoch);

}  // namespace saccade
