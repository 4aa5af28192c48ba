// saccade weights show | convert | diff.
#pragma once

#include <CLI/CLI.hpp>

namespace saccade {

// Adds the command to the program. Its callback writes results to stdout and throws Error, also
// where `diff` finds differences (exit code 1), and UsageError.
void add_weights_command(CLI::App& app);

}  // namespace saccade
