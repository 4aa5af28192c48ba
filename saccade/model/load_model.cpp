// A detector from a weights file.
#include "saccade/model/load_model.h"

#include <charconv>

#include "saccade/checkpoint/weights_file.h"
#include "saccade/core/error.h"
#include "saccade/model/config_from_weights.h"

namespace saccade {

std::pair<int, int> parse_size(const std::string& text) {
  int sides[2] = {0, 0};
  const char* at = text.data();
  const char* const end = at + text.size();
  for (int i = 0; i < 2; ++i) {
    const auto [next, error] = std::from_chars(at, end, sides[i]);
    const bool separated = i == 0 ? next != end && *next == ',' : next == end;
    if (error != std::errc() || !separated || sides[i] < 1 || sides[i] > 100'000) {
      throw UsageError(text_of("size is '", text, "', expected SHORT,MAX such as 800,1333"));
    }
    at = next + 1;
  }
  if (sides[1] < sides[0])
    throw UsageError(text_of("size ", text, ": the longest side is below the short one"));
  return {sides[0], sides[1]};
}

LoadedModel load_model(const std::filesystem::path& path) {
  const WeightsFile file = read_weights(path);
  LoadedModel model;
  const ModelConfig config = config_from_weights(file);
  try {
    model.detector = make_detector(config);
  } catch (const Error& error) {
    throw Error(text_of(path.string(), ": ", error.what()));
  }
  load_state_dict(*model.detector, to_tensors(file.tensors), path.string());
  model.classes = class_names_of(file, config.num_classes);
  if (const auto found = file.metadata.find("size"); found != file.metadata.end()) {
    std::tie(model.short_side, model.max_side) = parse_size(found->second);
  }
  model.name = path.stem().string();
  model.sha256 = sha256_of_file(path);
  return model;
}

}  // namespace saccade
