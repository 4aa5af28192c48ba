// The ResNet as ONNX nodes.
#include "saccade/export/onnx_backbone.h"

#include <ATen/ATen.h>

#include "saccade/core/error.h"

namespace saccade {
namespace {

constexpr double kEpsilon = 1e-5;
const std::string kPrefix = "backbone.0.body.";

class BackboneBuilder {
 public:
  BackboneBuilder(OnnxBuilder& build, const ModelConfig& config) : build_(build), config_(config) {}

  std::vector<OnnxValue> run(const OnnxValue& pixels, int count) {
    OnnxValue x = build_.relu(normed_conv("conv1", "bn1", pixels, {.stride = 2, .padding = 3}));
    const std::vector<std::int64_t> three = {3, 3}, two = {2, 2}, pads = {1, 1, 1, 1};
    x = build_.graph.node("MaxPool", {x},
                          {{"kernel_shape", three}, {"strides", two}, {"pads", pads}});
    std::vector<OnnxValue> maps;
    for (int stage = 0; stage < 4; ++stage) {
      for (int block = 0; has_block(stage, block); ++block) x = residual(stage, block, x);
      if (stage >= 4 - count) maps.push_back(x);
    }
    return maps;
  }

 private:
  static std::string block_name(int stage, int block) {
    return text_of("layer", stage + 1, ".", block, ".");
  }

  bool has_block(int stage, int block) const {
    return build_.has(kPrefix + block_name(stage, block) + "conv1.weight");
  }

  OnnxValue residual(int stage, int block, const OnnxValue& x) {
    const std::string name = block_name(stage, block);
    const bool is_bottleneck = build_.has(kPrefix + name + "conv3.weight");
    const bool is_dilated = config_.dilation && stage == 3;
    const std::int64_t stride = block == 0 && stage > 0 && !is_dilated ? 2 : 1;
    // DC5: the first block keeps the dilation of the stage before it.
    const std::int64_t dilation = is_dilated && block > 0 ? 2 : 1;
    OnnxValue out = x;
    const auto add = [&](int number, const OnnxBuilder::Conv& conv) {
      out = normed_conv(text_of(name, "conv", number), text_of(name, "bn", number), out, conv);
    };
    if (is_bottleneck) {
      add(1, {});
      out = build_.relu(out);
      add(2, {.stride = stride, .padding = dilation, .dilation = dilation});
      out = build_.relu(out);
      add(3, {});
    } else {
      add(1, {.stride = stride, .padding = 1});
      out = build_.relu(out);
      add(2, {.padding = 1});
    }
    const bool has_shortcut = build_.has(kPrefix + name + "downsample.0.weight");
    const OnnxValue shortcut =
        has_shortcut
            ? normed_conv(name + "downsample.0", name + "downsample.1", x, {.stride = stride})
            : x;
    return build_.relu(build_.add(out, shortcut));
  }

  // `shape` has the numbers of the convolution, its weights are found here.
  OnnxValue normed_conv(const std::string& conv, const std::string& norm, const OnnxValue& x,
                        OnnxBuilder::Conv shape) {
    const std::string name = kPrefix + conv + ".", of_norm = kPrefix + norm + ".";
    shape.weight = build_.weight(name + "weight");
    if (config_.norm == BackboneNorm::kGroup)
      return build_.group_norm(of_norm, build_.conv(name, x, shape));
    const at::Tensor &weight = build_.weight(of_norm + "weight"),
                     &bias = build_.weight(of_norm + "bias");
    const at::Tensor scale = weight * (build_.weight(of_norm + "running_var") + kEpsilon).rsqrt();
    shape.weight = shape.weight * scale.view({-1, 1, 1, 1});
    shape.bias = bias - build_.weight(of_norm + "running_mean") * scale;
    return build_.conv(name, x, shape);
  }

  OnnxBuilder& build_;
  const ModelConfig& config_;
};

}  // namespace

std::vector<OnnxValue> onnx_backbone(OnnxBuilder& build, const ModelConfig& config,
                                     const OnnxValue& pixels, int count) {
  return BackboneBuilder(build, config).run(pixels, count);
}

}  // namespace saccade
