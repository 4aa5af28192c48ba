// saccade eval of a model on a data set.
#pragma once

#include "saccade/cli/eval_options.h"

namespace saccade {

// Runs the model over the images, evaluates what it finds and prints the report; several processes
// share the images where torchrun or Slurm started them, and rank 0 reports. Returns the exit code.
// Throws Error and UsageError.
int run_eval(const EvalOptions& options);

}  // namespace saccade
