// What the user asked of `saccade view`.
#pragma once

#include <CLI/CLI.hpp>

#include <string>
#include <vector>

#include "saccade/cli/data_options.h"
#include "saccade/cli/options.h"

namespace saccade {

struct ViewOptions {
  ModelOptions model;
  std::string weights_b;            // second checkpoint; empty: none
  DataSetOptions set;               // nothing given: the images that ship with the program
  std::vector<std::string> sweeps;  // folders
  std::string runs;                 // folder
  std::string faith;                // folder or file
  std::string host = "127.0.0.1";
  int port = 8017;
  std::string token;  // empty: random where others than this machine may ask
  int memory_mb = 2048;
  std::string web_root;
  bool quiet = false;
};

// Adds the command `view` and its options to the program.
void add_view(CLI::App& app, ViewOptions& options);

}  // namespace saccade
