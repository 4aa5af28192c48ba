// safetensors files: what is read is written and read again to the same.
#include "saccade/checkpoint/safetensors.h"
#include "saccade/checkpoint/weights_file.h"
#include "tests/fuzz/fuzz.h"

namespace saccade::fuzz {

void check_input(std::string_view input) {
  static InputFile file, copy;
  const SafetensorsFile read = read_safetensors(file.with(input));
  const std::string written = safetensors_bytes(read.tensors, read.metadata);
  const SafetensorsFile again = read_safetensors(copy.with(written));
  require(safetensors_bytes(again.tensors, again.metadata) == written,
          "a written file reads back to the same");
  const WeightsFile weights = read_weights(file.with(input));
  args_from_json(args_to_json(weights.args));
  class_names_of(weights, 4);
}

}  // namespace saccade::fuzz
