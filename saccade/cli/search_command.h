// saccade search.
#pragma once

#include "saccade/cli/search_options.h"

namespace saccade {

// Returns the exit code; throws UsageError or Error.
int run_search(const SearchOptions& options);

}  // namespace saccade
