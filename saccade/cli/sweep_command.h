// saccade sweep.
#pragma once

#include "saccade/cli/sweep_options.h"

namespace saccade {

// Returns the exit code; throws UsageError or Error.
int run_sweep(const SweepOptions& options);

}  // namespace saccade
