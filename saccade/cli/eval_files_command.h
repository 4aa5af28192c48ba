// saccade eval of a result file: needs no model.
#pragma once

#include "saccade/cli/eval_options.h"

namespace saccade {

// Evaluates options.detections against the data set and prints the report; returns the exit code.
// Throws Error and UsageError.
int run_eval_files(const EvalOptions& options);

}  // namespace saccade
