// saccade faith.
#pragma once

#include "saccade/cli/faith_options.h"

namespace saccade {

// Writes faith.json, faith.csv and faith.png. Throws Error and UsageError.
int run_faith_command(const FaithCommandOptions& options);

}  // namespace saccade
