// A detector from a weights file as it is to run.
#include "saccade/model/placed_model.h"

#include "saccade/image/input_size.h"
#include "saccade/op/autocast.h"

namespace saccade {

LoadedModel load_model(const std::filesystem::path& path, const ModelPlacement& placement) {
  LoadedModel model = load_model(path);
  if (!placement.size.empty()) model.size = parse_size(placement.size, model.size.multiple);
  model.detector->to(placement.device);
  model.autocast = autocast_type(placement.precision);
  return model;
}

}  // namespace saccade
