// A detector from a weights file.
#include "saccade/model/load_model.h"

#include <future>

#include "saccade/checkpoint/weights_file.h"
#include "saccade/core/error.h"
#include "saccade/image/input_size.h"
#include "saccade/model/config_from_weights.h"
#include "saccade/model/detr.h"

namespace saccade {

LoadedModel load_model(const std::filesystem::path& path) {
  const WeightsFile file = read_weights(path);
  // Of 40 MB it takes as long as all the rest here.
  std::future<std::string> hash =
      std::async(std::launch::async, [&path] { return sha256_of_file(path); });
  LoadedModel model;
  const ModelConfig config = config_from_weights(file);
  try {
    model.detector = is_notebook_detr(file) ? make_notebook_detr(config) : make_detector(config);
  } catch (const Error& error) {
    throw Error(text_of(path.string(), ": ", error.what()));
  }
  load_state_dict(*model.detector, to_tensors(file.tensors), path.string());
  model.classes = class_names_of(file, config.num_classes);
  if (const auto found = file.metadata.find("size"); found != file.metadata.end()) {
    model.size = parse_size(found->second);
  }
  model.casts = std::make_shared<WeightCasts>(/*adds_gradients=*/false);
  model.name = path.stem().string();
  model.sha256 = hash.get();
  return model;
}

}  // namespace saccade
