// saccade data: what a data set holds and whether it is sound.
#pragma once

#include <CLI/CLI.hpp>

namespace saccade {

// Adds the command with its own commands to the program.
void add_data_command(CLI::App& app);

}  // namespace saccade
