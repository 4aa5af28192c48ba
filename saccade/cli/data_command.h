// The command `data`: data sets.
#pragma once

#include <CLI/CLI.hpp>

namespace saccade {

// Adds the command; it runs while it is parsed.
void add_data_command(CLI::App& app);

}  // namespace saccade
