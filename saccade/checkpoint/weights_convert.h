// Writes a file of weights in another container, float type or naming.
#pragma once

#include <filesystem>
#include <string>

#include "saccade/checkpoint/weights_file.h"

namespace saccade {

struct ConvertOptions {
  std::string dtype;        // float16, bfloat16, float32 or float64; empty: as they are
  std::string names;        // official or huggingface; empty: official
  std::string size;         // "247,1333": what the model was trained at; empty: as in the file
  std::string class_names;  // JSON text or a JSON file, see class_names_json; empty: as in the file
  std::string command;      // kept in the metadata, so that the file says how it was made
  bool overwrite = false;   // replace `out` where it exists

  void check() const;  // throws UsageError that names the option
};

// Reads `in` (any kind read_weights knows) and writes `out` by its suffix, .pth, .pt or
// .safetensors. Optimizer state and num_batches_tracked are left out; options of the run and class
// names go along. Returns what was written. Throws Error, UsageError for a wrong suffix or option.
WeightsFile convert_weights(const std::filesystem::path& in, const std::filesystem::path& out,
                            const ConvertOptions& options);

// {"1":"vehicle",...} from such an object, from an object that holds it under "class_names", or from
// COCO annotations ("categories"); `text` is the JSON itself or a file's name. Throws Error.
std::string class_names_json(const std::string& text);

}  // namespace saccade
