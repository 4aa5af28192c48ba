// Making a detector, and its tensors by name.
#include "saccade/model/detector.h"

#include <ATen/ATen.h>

#include <map>
#include <set>
#include <unordered_map>

#include "saccade/core/error.h"
#include "saccade/model/deformable_detr.h"
#include "saccade/model/detr.h"

namespace saccade {
namespace {

std::string shape_of(const at::Tensor& tensor) {
  return tensor.defined() ? shape_text(tensor.sizes().vec()) : "missing";
}

bool has_shape(const at::Tensor& tensor, at::IntArrayRef shape) {
  return tensor.defined() && tensor.sizes() == shape;
}

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
    std::set<std::string> names;
    for (const auto& [target, name] : missing_) names.insert(name);
    refuse(names, "is missing", "are missing");
    names.clear();
    for (const std::string& name : used_) by_name_.erase(name);
    for (const auto& [name, tensor] : by_name_) names.insert(name);
    refuse(names, "has no place in this model", "have no place in this model");
  }

 private:
  void refuse(const std::set<std::string>& names, const char* one, const char* several) const {
    if (names.empty()) return;
    const bool single = names.size() == 1;
    throw Error(text_of(source_, ": ", names.size(), single ? " tensor " : " tensors ",
                        single ? one : several, single ? ": " : ", such as ", *names.begin()));
  }

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

// A new leaf, not a result of the old tensor.
void Detector::to(at::Device device) {
  visit([device](const std::string&, at::Tensor& tensor, TensorKind) {
    if (tensor.device() == device) return;
    tensor = tensor.detach().to(device).set_requires_grad(tensor.requires_grad());
  });
  device_ = device;
}

void Detector::check_input(const at::Tensor& pixels, const at::Tensor& mask,
                           at::ScalarType type) const {
  if (!pixels.defined() || pixels.dim() != 4 || pixels.size(1) != 3 || pixels.numel() == 0) {
    throw Error(text_of("pixels are ", shape_of(pixels),
                        ", expected [N, 3, H, W] with one image and one pixel at least"));
  }
  if (pixels.scalar_type() != type) {
    throw Error(text_of("pixels are of type ", c10::toString(pixels.scalar_type()),
                        ", this model computes in ", c10::toString(type), "; convert them"));
  }
  if (pixels.device() != device_) {
    throw Error(text_of("pixels are on ", pixels.device().str(), ", this model is on ",
                        device_.str(), "; move them"));
  }
  const std::vector<std::int64_t> wanted{pixels.size(0), pixels.size(2), pixels.size(3)};
  if (!has_shape(mask, wanted)) {
    throw Error(
        text_of("the mask is ", shape_of(mask), ", these pixels want ", shape_text(wanted)));
  }
  if (mask.scalar_type() != at::kBool) {
    throw Error(text_of("the mask is of type ", c10::toString(mask.scalar_type()),
                        ", expected Bool, true where there is padding"));
  }
  if (!mask.is_cpu()) return;
  for (std::int64_t i = 0; i < mask.size(0); ++i) {
    if (mask[i][0][0].item<bool>())
      throw Error(text_of("image ", i, " is padding alone, expected an image in the top left"));
  }
}

ModelOutput Detector::decode(const Memory& memory, AttentionHook* hook) const {
  ModelOutput output;
  const DecoderState start = decoder_start(memory, output);
  decode_from(memory, start, hook, output);
  return output;
}

EncoderState Detector::state_before(int layer, const EncoderState& start,
                                    const EncoderProbe& probe) {
  EncoderState state = start;
  state.layer = layer;
  if (layer > 0) state.memory.tokens = probe.layers[static_cast<std::size_t>(layer - 1)];
  return state;
}

DecoderState Detector::state_before(int layer, const DecoderState& start,
                                    const ModelOutput& output) const {
  if (layer == 0) return start;
  const bool plain = config_.family == ModelFamily::kDetr;
  return {.layer = layer,
          .hidden = (plain ? output.unnormed : output.hidden)[layer - 1],
          .positions = start.positions,
          .reference_points = plain ? at::Tensor() : output.inter_references[layer - 1]};
}

void Detector::append_layers(at::Tensor& all, int layer, const std::vector<at::Tensor>& fresh) {
  if (fresh.empty()) return;
  const at::Tensor stacked = at::stack(fresh);
  if (layer == 0) {
    all = stacked;
    return;
  }
  std::vector<std::int64_t> shape = stacked.sizes().vec();
  shape[0] = layer;
  all = at::cat({all.narrow(0, 0, layer).expand(shape), stacked});
}

void Detector::check_memory(const Memory& memory) const {
  const bool plain = config_.family == ModelFamily::kDetr;
  const std::size_t levels = plain ? 1 : static_cast<std::size_t>(config_.num_feature_levels);
  if (memory.levels.size() != levels) {
    throw Error(text_of("the memory has ", memory.levels.size(), " levels, this model ", levels));
  }
  const std::int64_t batch = memory.tokens.defined() ? memory.tokens.size(0) : 1;
  const std::int64_t tokens = token_count(memory.levels);
  const auto count = static_cast<std::int64_t>(levels);
  const auto check = [](const char* what, const at::Tensor& tensor, at::IntArrayRef wanted) {
    if (has_shape(tensor, wanted)) return;
    throw Error(text_of("the memory has ", what, " ", shape_of(tensor), ", expected ",
                        shape_text(wanted.vec()), "; is it of another model?"));
  };
  check("tokens", memory.tokens, {batch, tokens, config_.hidden_dim});
  check("a padding mask", memory.padding_mask, {batch, tokens});
  check("spatial shapes", memory.spatial_shapes, {count, 2});
  check("valid ratios", memory.valid_ratios, {batch, count, 2});
  if (plain) {
    check("positions", memory.positions, memory.tokens.sizes());
  } else {
    check("level sizes", memory.level_sizes, {count, 2});
  }
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
