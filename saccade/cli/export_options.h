// What the user asked of `saccade export`.
#pragma once

#include <CLI/CLI.hpp>

#include <string>

namespace saccade {

struct ExportOptions {
  std::string weights;     // file; empty: the demo model that ships with the program
  std::string size;        // SHORT,MAX[,N]; empty: what the model was trained at
  std::string image_size;  // WIDTHxHEIGHT of the images that it will see
  std::string op = "gridsample";
  int batch = 1;
  std::string out = "model.onnx";
  bool json = false;
  bool quiet = false;
  bool overwrite = false;
};

// Adds the command `export` and its options to the program.
void add_export(CLI::App& app, ExportOptions& options);

}  // namespace saccade
