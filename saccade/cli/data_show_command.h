// saccade data show: images of a data set with their boxes.
#pragma once

#include <CLI/CLI.hpp>

namespace saccade {

// Adds `show` to the command `data`. Its callback writes pictures and, with --json, a list to stdout,
// and throws Error, also where an image could not be read (exit code 1, the others are drawn), and
// UsageError.
void add_data_show(CLI::App& data);

}  // namespace saccade
