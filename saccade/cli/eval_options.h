// What the user asked of `saccade eval`.
#pragma once

#include <CLI/CLI.hpp>

#include <cstdint>
#include <string>

#include "saccade/cli/data_options.h"
#include "saccade/cli/options.h"

namespace saccade {

struct EvalOptions {
  DataSetOptions set;
  ModelOptions model;
  int batch_size = 2;             // images of one size that go through the network together
  int num_workers = 2;            // threads that decode ahead
  std::string results;            // file for the model's detections
  std::string detections;         // COCO result file: evaluate it, run no model
  std::string iou_type = "bbox";  // bbox or segm
  bool skip_broken = false;       // leave out what is broken instead of stopping
  std::string compare;            // another result file
  int bootstrap = 1000;           // resamples of the comparison
  bool bootstrap_given = false;
  std::uint64_t seed = 0;  // of --subset and the bootstrap
  bool seed_given = false;
  int subset = 0;  // images to draw; 0: all
  bool tide = false;
  std::string save_eval;   // .safetensors
  std::string head_means;  // .safetensors
  std::string plot;        // picture of precision over recall
  std::string html;        // one page of everything
  std::string errors;      // folder for mined errors; empty: none are mined
  double threshold = 0.3;  // of --errors: least score of a result whose attention is looked at
  int pictures = 3;        // of --errors: of each type
  bool pycocotools_id0 = false;
  bool json = false;
  bool quiet = false;
  bool overwrite = false;
};

// What commands that evaluate models share: --images ..., --subset, --seed and --skip-broken; --weights ..., -x and
// --num_workers.
void add_evaluated_set_options(CLI::App& command, EvalOptions& options);
void add_evaluated_model_options(CLI::App& command, EvalOptions& options);

// --html.
void add_html_option(CLI::App& command, EvalOptions& options);

// Adds the command `eval` and its options to the program.
void add_eval(CLI::App& app, EvalOptions& options);

// Throws UsageError for options that go with a model given together with --detections, or the other way
// round, and for a picture of an unknown kind.
void check_eval_options(const EvalOptions& options);

// Throws UsageError where a file to write exists and may not be replaced.
void refuse_to_replace_outputs(const EvalOptions& options);

}  // namespace saccade
