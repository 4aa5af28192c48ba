// The program's commands and options, one place for both programs: bin/saccade parses, answers
// --help and wrong usage, and starts saccade-torch for what needs tensors.
#pragma once

#include <functional>

#include "saccade/cli/eval_options.h"
#include "saccade/cli/export_options.h"
#include "saccade/cli/faith_options.h"
#include "saccade/cli/follow_options.h"
#include "saccade/cli/options.h"
#include "saccade/cli/search_options.h"
#include "saccade/cli/sweep_options.h"
#include "saccade/cli/train_options.h"
#include "saccade/cli/view_options.h"

namespace saccade {

// What to do for each command; returns the exit code.
struct Commands {
  std::function<int(const DetectOptions&)> detect;
  std::function<int(const ExplainOptions&)> explain;
  std::function<int(const FollowOptions&)> follow;
  std::function<int(const EvalOptions&)> eval;
  std::function<int(const ExportOptions&)> export_model;
  std::function<int(const FaithCommandOptions&)> faith;
  std::function<int(const SearchOptions&)> search;
  std::function<int(const SweepOptions&)> sweep;
  std::function<int(const TrainOptions&)> train;
  std::function<int(const ViewOptions&)> view;
  std::function<int()> selftest;
  std::function<int(const DoctorOptions&)> doctor;
};

// Parses and runs. Prints one line `saccade: error: ...` per failure; returns 0 done, 1 failed,
// 2 wrong usage.
int run_command_line(int argc, char** argv, const Commands& commands);

}  // namespace saccade
