// saccade launch: starts the processes of a distributed evaluation or training on this machine.
#pragma once

#include <CLI/CLI.hpp>

#include <string>
#include <vector>

#include "saccade/dist/launcher.h"

namespace saccade {

void add_launch(CLI::App& app, LaunchOptions& options);

// What stands behind `--` in `saccade launch -n 2 -- eval --json`, which is not ours to parse;
// shortens `argc` to what stands before it. Empty for every other command.
std::vector<std::string> take_launched_command(int& argc, char** argv);

// `is_own`: the command is one of ours, such as eval, and this program runs it. Says which rank
// failed, as one line `saccade: error: ...`; returns that rank's exit code.
int run_launch(LaunchOptions options, bool is_own);

}  // namespace saccade
