// What the user asked of `saccade eval`.
#pragma once

#include <CLI/CLI.hpp>

#include <cstdint>
#include <string>

namespace saccade {

struct EvalOptions {
  std::string annotations;        // COCO file with the truth
  std::string detections;         // COCO result file
  std::string iou_type = "bbox";  // bbox or segm
  std::string compare;            // another result file
  int bootstrap = 1000;           // resamples of the comparison
  std::uint64_t seed = 0;         // of --subset and the bootstrap
  int subset = 0;                 // images to draw; 0: all
  bool tide = false;
  std::string save_eval;  // .safetensors
  bool pycocotools_id0 = false;
  int threads = 0;  // 0: as many as the machine has cores
  bool json = false;
  bool quiet = false;
  bool overwrite = false;
};

// Adds the command `eval` and its options to the program.
void add_eval(CLI::App& app, EvalOptions& options);

// The command as it would be typed again, for what it writes.
std::string command_text(const EvalOptions& options);

}  // namespace saccade
