// What the user asked of `saccade train`.
#pragma once

#include <CLI/CLI.hpp>

#include <string>
#include <vector>

#include "saccade/cli/data_options.h"
#include "saccade/cli/options.h"
#include "saccade/train/train_config.h"

namespace saccade {

struct TrainOptions {
  std::string model_family = "deformable";  // deformable or detr
  TrainConfig config;                       // defaults of the family, then what was given
  DataSetOptions set;
  std::string val_images, val_annotations;
  ModelOptions model;  // --weights, --device, --threads, --size
  std::string resume;  // checkpoint to go on from
  int start_epoch = 0;
  std::string output_dir;
  bool eval = false;  // evaluate and end
  bool skip_broken = false;
  bool deterministic = false;  // the same bits on every run on a GPU too
  bool overwrite = false;
  bool quiet = false;
  std::vector<std::string> words;  // the command line as CLI11 takes it: from the back
};

// Adds the command `train` and its options, whose defaults are those of options.config: by itself the
// official ones of the family that `argv` names.
void add_train(CLI::App& app, TrainOptions& options, int argc, char** argv);

// The same command line with other defaults: what was not given is taken from `defaults`.
TrainOptions with_defaults(const TrainOptions& options, const TrainConfig& defaults);

// Without any data set it is ./data/coco, as in the original.
void settle_data_set(TrainOptions& options);

// Throws UsageError for options that do not go together.
void check_train_options(const TrainOptions& options);

}  // namespace saccade
