// saccade export.
#pragma once

#include "saccade/cli/export_options.h"

namespace saccade {

// Returns the exit code. Throws Error or UsageError.
int run_export(const ExportOptions& options);

}  // namespace saccade
