// A detector from a weights file as it is to run.
#pragma once

#include <filesystem>
#include <string>

#include "saccade/model/load_model.h"

namespace saccade {

struct ModelPlacement {
  at::Device device{at::kCPU};     // opened (op/devices.h)
  std::string precision = "fp32";  // fp32, bf16 or fp16
  std::string size;                // of the input, as parse_size; empty: as trained
};

// load_model, then the size, the device and the precision. Throws UsageError for a size that is none, and as load_model.
LoadedModel load_model(const std::filesystem::path& path, const ModelPlacement& placement);

}  // namespace saccade
