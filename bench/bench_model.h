// What benchmarks of a whole model share: the model, and the options of a program that runs one image.
#pragma once

#include <CLI/CLI.hpp>

#include <string>

#include "saccade/model/init_weights.h"
#include "saccade/model/load_model.h"

namespace saccade::bench {

// A file's model, or Deformable DETR R50 with random weights; keeps what it folds, as `detect` and `eval` have it.
inline LoadedModel model_of(const std::string& weights) {
  if (!weights.empty()) return load_model(weights);
  LoadedModel model{.detector = make_detector({}), .casts = std::make_shared<WeightCasts>(false)};
  init_weights(*model.detector, 0);
  return model;
}

struct ImageOptions {
  std::int64_t height = 480, width = 640;
  std::string weights, device = "cpu";
  int threads = 1;
  int rounds = 5;
};

inline void add_options(CLI::App& app, ImageOptions& o) {
  const CLI::Range positive(std::int64_t{1}, std::int64_t{1} << 20);
  app.add_option("--height", o.height, "input pixels (default: 480)")->check(positive);
  app.add_option("--width", o.width, "input pixels (default: 640)")->check(positive);
  app.add_option("--weights", o.weights, "file (default: R50 with random weights)");
  app.add_option("--device", o.device, "cpu, cuda or cuda:N (default: cpu)");
  app.add_option("--threads", o.threads, "CPU threads (default: 1)")->check(CLI::Range(1, 1024));
  app.add_option("--rounds", o.rounds, "the fastest counts (default: 5)")
      ->check(CLI::Range(1, 1000));
}

}  // namespace saccade::bench
