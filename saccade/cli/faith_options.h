// What the user asked of `saccade faith`.
#pragma once

#include <CLI/CLI.hpp>

#include <string>
#include <vector>

#include "saccade/cli/sweep_options.h"

namespace saccade {

struct FaithCommandOptions {
  StudyOptions study;
  std::vector<std::string> methods;  // empty: the default ones
  int detections = 20;
  int steps = 2, far_steps = 0, point_steps = 5;
  int batch_size = 4;
  int sanity = 2;              // detections; 0: none
  bool sanity_layers = false;  // each layer by itself
  double least_edge = 0.05;
};

// Adds the command `faith` and its options to the program.
void add_faith(CLI::App& app, FaithCommandOptions& options);

}  // namespace saccade
