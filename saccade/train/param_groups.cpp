// The groups of parameters.
#include "saccade/train/param_groups.h"

#include <ATen/ATen.h>

#include <algorithm>
#include <unordered_set>

#include "saccade/core/error.h"

namespace saccade {
namespace {

bool has_any(const std::string& name, const std::vector<std::string>& parts) {
  return std::any_of(parts.begin(), parts.end(),
                     [&](const std::string& part) { return name.find(part) != std::string::npos; });
}

std::size_t group_of(const std::string& name, const TrainConfig& c) {
  const bool backbone = has_any(name, c.lr_backbone_names);
  const bool slow = has_any(name, c.lr_linear_proj_names);
  if (backbone && slow) {
    throw Error(text_of(name,
                        ": is named by --lr_backbone_names and --lr_linear_proj_names; a tensor ",
                        "can have one rate only"));
  }
  return backbone ? 1 : slow ? 2 : 0;
}

}  // namespace

std::vector<ParamGroup> make_param_groups(Detector& detector, const TrainConfig& c) {
  std::vector<ParamGroup> groups{{c.lr, {}}, {std::max(c.lr_backbone, 0.0), {}}};
  if (c.model.family == ModelFamily::kDeformableDetr)
    groups.push_back({c.lr * c.lr_linear_proj_mult, {}});
  std::unordered_set<const at::Tensor*> seen;
  detector.visit([&](const std::string& name, at::Tensor& tensor, TensorKind kind) {
    if (!seen.insert(&tensor).second) return;
    const bool is_frozen = c.lr_backbone <= 0 && name.rfind("backbone.0.", 0) == 0;
    const bool trains = !is_frozen && is_trainable(detector.config(), name, kind);
    tensor.set_requires_grad(trains);
    if (trains) groups[group_of(name, c)].parameters.push_back({name, tensor});
  });
  return groups;
}

std::vector<Parameter> all_parameters(const std::vector<ParamGroup>& groups) {
  std::vector<Parameter> all;
  for (const ParamGroup& group : groups)
    all.insert(all.end(), group.parameters.begin(), group.parameters.end());
  return all;
}

}  // namespace saccade
