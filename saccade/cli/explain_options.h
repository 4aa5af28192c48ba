// The options of `saccade explain`, and those of them that other commands share.
#pragma once

#include <CLI/CLI.hpp>

#include "saccade/cli/options.h"

namespace saccade {

// Adds the command `explain` and its options to the program.
void add_explain(CLI::App& app, ExplainOptions& options);

// Adds --query, --detection and --class.
void add_query_options(CLI::App& command, ExplainOptions& options);
// Adds --head, --level and --point.
void add_sample_options(CLI::App& command, ExplainOptions& options);
// Adds --color, --scale and --relative.
void add_point_style_options(CLI::App& command, ExplainOptions& options);

}  // namespace saccade
