// saccade train.
#pragma once

#include "saccade/cli/train_options.h"

namespace saccade {

// Returns the exit code. Throws Error or UsageError.
int run_train(const TrainOptions& options);

}  // namespace saccade
