// saccade data stats: what a data set holds, in numbers.
#pragma once

#include <CLI/CLI.hpp>

namespace saccade {

// Adds `stats` to the command `data`. Its callback writes the numbers to stdout and the picture where
// --out asks for it, and throws Error and UsageError.
void add_data_stats(CLI::App& data);

}  // namespace saccade
