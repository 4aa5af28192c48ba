// What an evaluation found, as text and as JSON; of result files and of a model alike.
#pragma once

#include <cstdint>
#include <optional>
#include <string>

#include "saccade/eval/bootstrap.h"
#include "saccade/eval/coco_eval.h"
#include "saccade/eval/tide.h"

namespace saccade {

struct EvalComparison {
  std::string name;  // of the other result file
  CocoStats stats{};
  BootstrapComparison bootstrap;
};

struct EvalReport {
  const CocoDataSet* data = nullptr;  // both must outlive the report
  const CocoEvaluation* evaluation = nullptr;
  std::optional<EvalComparison> compare;
  std::optional<TideResult> tide;
  double images_per_second = 0;      // of a model; 0: not measured, not printed
  std::int64_t left_out_images = 0;  // that a model could not be run on
};

// The twelve lines, a table of the classes that occur, and the tables of what was asked for.
std::string eval_text(const EvalReport& report);

// {"AP", ..., "ARl", "images", "per_class": {name: AP}} in full precision, -1 where there is no truth;
// "compare" and "tide" where they are there. Classes of equal name have their id added.
std::string eval_json(const EvalReport& report);

}  // namespace saccade
