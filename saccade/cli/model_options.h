// The options that every command with a model shares.
#pragma once

#include <CLI/CLI.hpp>
#include <string>

#include "saccade/cli/options.h"

namespace saccade {

// Adds --weights, --device, --threads and --size.
void add_model_options(CLI::App& command, ModelOptions& options);
// Adds --precision; `train` keeps its own among what a checkpoint remembers.
void add_precision_option(CLI::App& command, std::string& precision);
// Adds -x, --intervene.
void add_intervention_option(CLI::App& command, ModelOptions& options);
// Adds --no-exif, for commands that read photographs of people rather than data sets.
void add_exif_option(CLI::App& command, ModelOptions& options);

}  // namespace saccade
