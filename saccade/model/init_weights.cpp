// The values of a new detector.
#include "saccade/model/init_weights.h"

#include <ATen/ATen.h>
#include <ATen/CPUGeneratorImpl.h>

#include <algorithm>
#include <cmath>
#include <numbers>
#include <unordered_map>
#include <unordered_set>

#include "saccade/checkpoint/raw_tensor.h"

namespace saccade {
namespace {

bool contains(const std::string& name, const char* part) {
  return name.find(part) != std::string::npos;
}

// Of [out, in, k, k] or [out, in]: values that reach one output, and that one input reaches.
struct Fans {
  double in, out;
};
Fans fans_of(const at::Tensor& weight) {
  const auto taps = static_cast<double>(weight[0][0].numel());
  return {static_cast<double>(weight.size(1)) * taps, static_cast<double>(weight.size(0)) * taps};
}

class Initialiser {
 public:
  Initialiser(const ModelConfig& config, std::uint64_t seed)
      : config_(config), generator_(at::detail::createCPUGenerator(seed)) {}

  void fill(const std::string& name, at::Tensor& tensor) {
    if (!filled_.insert(&tensor).second) return;  // another name of a shared tensor
    // A bias is drawn by the size of its layer's input, which stands in the weight before it.
    if (name.ends_with("weight") && tensor.dim() > 1) fan_in_ = fans_of(tensor).in;
    if (name.rfind("backbone.0.", 0) == 0) return fill_backbone(name, tensor);
    if (contains(name, "class_embed.") || contains(name, "bbox_embed."))
      return fill_head(name, tensor);
    if (contains(name, "sampling_offsets") || contains(name, "attention_weights"))
      return fill_sampling(name, tensor);
    fill_rest(name, tensor);
  }

 private:
  void uniform(at::Tensor& tensor, double bound) { tensor.uniform_(-bound, bound, generator_); }
  void normal(at::Tensor& tensor, double deviation) { tensor.normal_(0, deviation, generator_); }
  void xavier(at::Tensor& tensor) {
    const Fans fans = fans_of(tensor);
    uniform(tensor, std::sqrt(6 / (fans.in + fans.out)));
  }
  // What a linear layer or convolution starts with when nobody says otherwise.
  void default_layer(at::Tensor& tensor) { uniform(tensor, 1 / std::sqrt(fan_in_)); }

  void fill_backbone(const std::string& name, at::Tensor& tensor) {
    if (tensor.dim() > 1) {
      normal(tensor, std::sqrt(2 / fans_of(tensor).out));
    } else {
      tensor.fill_(name.ends_with("weight") || name.ends_with("running_var") ? 1 : 0);
    }
  }

  // Heads of later layers start as copies of the first; only the biases of the boxes differ.
  void fill_head(const std::string& name, at::Tensor& tensor) {
    const std::string part = contains(name, "class_embed.") ? "class_embed." : "bbox_embed.";
    const auto digits = name.find(part) + part.size();
    const std::string rest = name.substr(std::min(name.find('.', digits), name.size() - 1));
    const auto [first, is_first] = first_head_.try_emplace(part + rest, tensor);
    if (!is_first) tensor.copy_(first->second);
    if (is_first) fill_first_head(part, name, tensor);
    if (part == "bbox_embed." && is_deformable() && name.ends_with("layers.2.bias"))
      tensor.narrow(0, 2, 2).fill_(is_first && !config_.two_stage ? -2.0 : 0.0);
  }
  void fill_first_head(const std::string& part, const std::string& name, at::Tensor& tensor) {
    constexpr double kForegroundPrior = 0.01;
    default_layer(tensor);
    if (!is_deformable()) return;
    if (part == "class_embed." && name.ends_with("bias"))
      tensor.fill_(-std::log((1 - kForegroundPrior) / kForegroundPrior));
    if (part == "bbox_embed." && contains(name, "layers.2.")) tensor.zero_();
  }

  // Head m looks in direction 2 pi m / M, point p at p + 1 cells: [M, L, P, (x, y)].
  void fill_sampling(const std::string& name, at::Tensor& tensor) {
    tensor.zero_();
    if (!name.ends_with("sampling_offsets.bias")) return;
    const std::int64_t heads = config_.nheads, levels = config_.num_feature_levels;
    const at::Tensor ring = tensor.view({heads, levels, -1, 2});
    for (std::int64_t m = 0; m < heads; ++m) {
      const double angle =
          2 * std::numbers::pi * static_cast<double>(m) / static_cast<double>(heads);
      const double longest = std::max(std::abs(std::cos(angle)), std::abs(std::sin(angle)));
      for (std::int64_t p = 0; p < ring.size(2); ++p) {
        ring.select(0, m).select(1, p).select(1, 0).fill_(std::cos(angle) / longest * (p + 1));
        ring.select(0, m).select(1, p).select(1, 1).fill_(std::sin(angle) / longest * (p + 1));
      }
    }
  }

  void fill_rest(const std::string& name, at::Tensor& tensor) {
    const bool in_transformer = name.rfind("transformer.", 0) == 0;
    if (contains(name, "backbone.1.")) {
      tensor.uniform_(0, 1, generator_);  // learned positions
    } else if (contains(name, "query_embed") || contains(name, "level_embed")) {
      normal(tensor, 1);
    } else if (tensor.dim() > 1) {
      // Plain DETR's input projection is an ordinary convolution.
      in_transformer || is_deformable() ? xavier(tensor) : default_layer(tensor);
    } else if (contains(name, "norm") || is_projection_norm(name)) {
      tensor.fill_(name.ends_with("weight") ? 1 : 0);
    } else if (starts_at_zero(name)) {
      tensor.zero_();
    } else {
      default_layer(tensor);
    }
  }
  // Biases that the official code sets to 0; the other linear layers keep their default.
  bool starts_at_zero(const std::string& name) const {
    for (const char* part : {"in_proj_bias", "out_proj.bias", "value_proj.bias", "output_proj.bias",
                             "transformer.reference_points.bias"}) {
      if (contains(name, part)) return true;
    }
    return is_deformable() && name.rfind("input_proj.", 0) == 0;
  }
  // input_proj.l.1 is the group norm of level l.
  bool is_projection_norm(const std::string& name) const {
    return is_deformable() && name.rfind("input_proj.", 0) == 0 &&
           name.find(".1.", sizeof("input_proj")) != std::string::npos;
  }
  bool is_deformable() const { return config_.family == ModelFamily::kDeformableDetr; }

  const ModelConfig& config_;
  at::Generator generator_;
  double fan_in_ = 1;
  std::unordered_set<const at::Tensor*> filled_;
  std::unordered_map<std::string, at::Tensor> first_head_;  // by name without the head's number
};

}  // namespace

void init_weights(Detector& detector, std::uint64_t seed) {
  const at::NoGradGuard no_gradients;
  Initialiser initialiser(detector.config(), seed);
  detector.visit([&](const std::string& name, at::Tensor& tensor, TensorKind) {
    initialiser.fill(name, tensor);
  });
}

FittedWeights fit_weights(Detector& detector, const NamedTensors& tensors) {
  const at::NoGradGuard no_gradients;
  std::unordered_map<std::string, const at::Tensor*> by_name;
  for (const auto& [name, tensor] : tensors) by_name.emplace(name, &tensor);
  FittedWeights fitted;
  std::unordered_set<const at::Tensor*> copied;
  std::unordered_set<std::string> known;
  detector.visit([&](const std::string& name, at::Tensor& tensor, TensorKind) {
    known.insert(name);
    const auto found = by_name.find(name);
    if (found == by_name.end()) {
      if (!copied.contains(&tensor)) fitted.fresh.push_back(name);
    } else if (found->second->sizes() != tensor.sizes()) {
      fitted.reshaped.push_back(
          {name, shape_text(found->second->sizes().vec()), shape_text(tensor.sizes().vec())});
    } else {
      tensor.copy_(*found->second);
      copied.insert(&tensor);
      fitted.kept.push_back(name);
    }
  });
  for (const auto& [name, tensor] : tensors) {
    if (!known.contains(name)) fitted.dropped.push_back(name);
  }
  return fitted;
}

}  // namespace saccade
