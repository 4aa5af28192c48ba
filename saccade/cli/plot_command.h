// saccade plot: loss and AP curves of training runs.
#pragma once

#include <CLI/CLI.hpp>

#include <string>
#include <vector>

namespace saccade {

struct PlotOptions {
  std::vector<std::string> runs;  // folders with log.txt, or logs
  std::string keys;               // such as loss,AP; empty: the usual ones
  std::string out;                // empty: plot.png, nothing with json
  bool watch = false;
  bool json = false;
  bool quiet = false;
  bool overwrite = false;
};

// Adds the command `plot` and its options to the program.
void add_plot(CLI::App& app, PlotOptions& options);

// Draws; with `watch` again and again until a signal comes. Returns the exit code. Throws Error and
// UsageError.
int run_plot(const PlotOptions& options);

}  // namespace saccade
