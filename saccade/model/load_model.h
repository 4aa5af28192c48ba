// A detector from a weights file: nothing else is needed.
#pragma once

#include <filesystem>
#include <memory>
#include <optional>
#include <string>

#include "saccade/core/class_map.h"
#include "saccade/image/resize.h"
#include "saccade/model/detector.h"
#include "saccade/model/graphed_detector.h"
#include "saccade/op/weight_casts.h"

namespace saccade {

struct LoadedModel {
  std::shared_ptr<Detector> detector;
  ClassMap classes;
  InputSize size;                          // what the input is resized to
  std::string name;                        // for captions: the file's stem
  std::string sha256;                      // of the file
  std::optional<at::ScalarType> autocast;  // what infer() casts to; none: float32
  std::shared_ptr<WeightCasts> casts;  // infer() keeps weights it cast or folded; none: it does not
  std::shared_ptr<GraphedDetector>
      graphs;  // infer() records sizes that come again; none: it does not
};

// Throws Error that names the file and the fault.
LoadedModel load_model(const std::filesystem::path& path);

}  // namespace saccade
