// saccade data check: everything that is wrong with a data set.
#pragma once

#include <CLI/CLI.hpp>

namespace saccade {

// Adds `check` to the command `data`. Its callback writes to stdout and throws Error, also where a
// problem would break training (exit code 1), and UsageError.
void add_data_check(CLI::App& data);

}  // namespace saccade
