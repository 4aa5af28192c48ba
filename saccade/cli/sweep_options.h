// What the user asked of `saccade sweep`.
#pragma once

#include <CLI/CLI.hpp>

#include <filesystem>
#include <string>

#include "saccade/cli/eval_options.h"
#include "saccade/study/unit_grid.h"

namespace saccade {

// What studies of interventions share.
struct StudyOptions {
  EvalOptions eval;  // data set, model, bootstrap and output
  bool bootstrap_given = false;
  double threshold = 0.5;  // of detections that count as lost, gained or moved
  std::string out;         // folder

  std::filesystem::path file(const std::string& name) const {
    return std::filesystem::path(out) / name;
  }
};

// Adds the data set, the model, --bootstrap, --threshold, --out, --json, --overwrite and --quiet.
void add_study_options(CLI::App& command, StudyOptions& options);

// Adds how units are switched off: --mode, --head-means, --renorm.
void add_manner_options(CLI::App& command, UnitChoice& units);

struct SweepOptions {
  StudyOptions study;
  UnitChoice units;
  int preselect = 0;  // units of the largest gradient that are switched; 0: all
};

// Adds the command `sweep` and its options to the program.
void add_sweep(CLI::App& app, SweepOptions& options);

// Throws UsageError for an option that the kind of unit has no use for.
void check_sweep_options(const SweepOptions& options);

}  // namespace saccade
