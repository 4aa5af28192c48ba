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

// Where the detections come from.
struct EvalSource {
  std::string name;                      // of the result file; empty for a model
  std::string model;                     // name of the model; empty for a file
  std::string weights_sha256;            // of the model's file
  std::string written;                   // result file the model's detections went to
  double seconds = 0;                    // a model's run over all images, loading included
  double images_per_second = 0;          // of that run
  double forward_images_per_second = 0;  // of the forward passes of one process alone
  int processes = 1;
  std::int64_t left_out_images = 0;   // that are missing, cut off, of another size ...
  std::int64_t left_out_records = 0;  // of the annotation file that are wrong
};

struct EvalReport {
  const CocoDataSet* data = nullptr;  // both must outlive the report
  const CocoEvaluation* evaluation = nullptr;
  EvalSource source;
  std::optional<EvalComparison> compare;
  std::optional<TideResult> tide;
};

// The twelve lines, a table of the classes that occur, and the tables of what was asked for.
std::string eval_text(const EvalReport& report);

// {"AP", ..., "ARl", "images", "per_class": {name: AP}} in full precision, -1 where there is no truth;
// "compare" and "tide" where they are there. Classes of equal name have their id added.
std::string eval_json(const EvalReport& report);

}  // namespace saccade
