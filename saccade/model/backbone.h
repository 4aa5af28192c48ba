// ResNet-18, 34, 50 and 101 as torchvision builds them, without the classifier.
#pragma once

#include <ATen/core/Tensor.h>

#include <optional>
#include <string>
#include <utility>
#include <vector>

#include "saccade/model/layers.h"
#include "saccade/model/model_config.h"

namespace saccade {

// A norm of the backbone. Frozen: y = x * s + (b - m * s), s = w / sqrt(v + 1e-5), never updated.
struct BackboneNormLayer {
  BackboneNorm kind = BackboneNorm::kFrozen;
  at::Tensor weight, bias, running_mean, running_var;  // [C]; group norm has the first two only

  BackboneNormLayer() = default;
  BackboneNormLayer(BackboneNorm kind, std::int64_t channels);
  at::Tensor operator()(const at::Tensor& x, bool training) const;
  // Frozen: s and b - m * s, [C].
  std::pair<at::Tensor, at::Tensor> frozen() const;
  void visit(const std::string& prefix, const TensorVisitor& visitor);
};

// A basic block (two 3 x 3) or a bottleneck (1 x 1, 3 x 3, 1 x 1), with its shortcut.
struct ResidualBlock {
  std::vector<Conv2d> convs;
  std::vector<BackboneNormLayer> norms;
  std::optional<Conv2d> downsample_conv;
  std::optional<BackboneNormLayer> downsample_norm;

  at::Tensor operator()(const at::Tensor& x, bool training) const;
  void visit(const std::string& prefix, const TensorVisitor& visitor);
};

class Backbone {
 public:
  explicit Backbone(const ModelConfig& config);

  // [N, 3, H, W] -> outputs of the last `count` stages (1 or 3), finest first.
  std::vector<at::Tensor> operator()(const at::Tensor& pixels, int count, bool training) const;
  // Channels of those outputs.
  std::vector<std::int64_t> channels(int count) const;
  // Names as `backbone.0.body.` + torchvision's.
  void visit(const std::string& prefix, const TensorVisitor& visitor);

 private:
  Conv2d conv1_;
  BackboneNormLayer bn1_;
  std::vector<std::vector<ResidualBlock>> stages_;  // layer1 to layer4
  bool bottleneck_ = true;
};

}  // namespace saccade
