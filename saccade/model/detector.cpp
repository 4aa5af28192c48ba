// Making a detector, and its tensors by name.
#include "saccade/model/detector.h"

#include <ATen/ATen.h>

#include <map>
#include <unordered_map>

#include "saccade/core/error.h"
#include "saccade/model/deformable_detr.h"
#include "saccade/model/detr.h"

namespace saccade {
namespace {

std::string shape_of(const at::Tensor& tensor) { return shape_text(tensor.sizes().vec()); }

// What most often lies behind another shape.
std::string hint_for(const std::string& name) {
  if (name.find("class_embed") != std::string::npos) return "; another number of classes?";
  if (name.find("sampling_offsets") != std::string::npos ||
      name.find("attention_weights") != std::string::npos) {
    return " (heads x levels x points); another number of them?";
  }
  if (name.find("query_embed") != std::string::npos) return "; another number of queries?";
  return "";
}

// As the model computes: float16, bfloat16 and whole numbers become float32; float64 stays.
at::Tensor as_weight(const at::Tensor& tensor) {
  return tensor.scalar_type() == at::kDouble ? tensor : tensor.to(at::kFloat);
}

class Loader {
 public:
  Loader(const NamedTensors& tensors, const std::string& source) : source_(source) {
    for (const auto& [name, tensor] : tensors) by_name_.emplace(name, tensor);
  }

  void take(const std::string& name, at::Tensor& target) {
    const auto found = by_name_.find(name);
    if (found == by_name_.end()) {
      if (!loaded_.contains(&target)) missing_.emplace(&target, name);
      return;
    }
    const at::Tensor& given = found->second;
    missing_.erase(&target);
    used_.push_back(name);
    if (given.sizes() != target.sizes()) {
      throw Error(text_of(source_, ": ", name, " is ", shape_of(given), ", this model wants ",
                          shape_of(target), hint_for(name)));
    }
    const auto [first, is_new] = loaded_.emplace(&target, name);
    if (is_new) {
      target = as_weight(given);
    } else if (!given.equal(by_name_.at(first->second))) {
      throw Error(text_of(source_, ": ", name, " and ", first->second,
                          " are one tensor in this model but differ here"));
    }
  }

  void finish() {
    if (!missing_.empty()) {
      throw Error(text_of(source_, ": ", missing_.size(), " tensors are missing, such as ",
                          missing_.begin()->second));
    }
    for (const std::string& name : used_) by_name_.erase(name);
    if (!by_name_.empty()) {
      throw Error(text_of(source_, ": ", by_name_.size(),
                          " tensors have no place in this model, such as ",
                          by_name_.begin()->first));
    }
  }

 private:
  const std::string& source_;
  std::map<std::string, at::Tensor> by_name_;
  std::unordered_map<const at::Tensor*, std::string> loaded_, missing_;
  std::vector<std::string> used_;
};

}  // namespace

Detector::Detector(const ModelConfig& config) : config_(config) { mode_.dropout = config.dropout; }

void Detector::to(at::ScalarType type) {
  visit([type](const std::string&, at::Tensor& tensor, TensorKind) { tensor = tensor.to(type); });
}

std::unique_ptr<Detector> make_detector(const ModelConfig& config) {
  config.check();
  if (config.family == ModelFamily::kDetr) return std::make_unique<Detr>(config);
  return std::make_unique<DeformableDetr>(config);
}

NamedTensors state_dict(Detector& detector) {
  NamedTensors out;
  detector.visit([&](const std::string& name, at::Tensor& tensor, TensorKind) {
    out.emplace_back(name, tensor);
  });
  return out;
}

void load_state_dict(Detector& detector, const NamedTensors& tensors, const std::string& source) {
  Loader loader(tensors, source);
  detector.visit(
      [&](const std::string& name, at::Tensor& tensor, TensorKind) { loader.take(name, tensor); });
  loader.finish();
}

bool is_trainable(const ModelConfig& config, const std::string& name, TensorKind kind) {
  if (kind != TensorKind::kParameter) return false;
  if (name.rfind("backbone.0.", 0) != 0 || config.norm != BackboneNorm::kFrozen) return true;
  for (const char* stage : {"layer2", "layer3", "layer4"}) {
    if (name.find(stage) != std::string::npos) return true;
  }
  return false;
}

}  // namespace saccade
