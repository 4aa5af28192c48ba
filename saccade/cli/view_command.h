// saccade view.
#pragma once

#include "saccade/cli/view_options.h"

namespace saccade {

// Serves until it is interrupted. Returns the exit code; throws UsageError or Error.
int run_view(const ViewOptions& options);

}  // namespace saccade
