// ResNets with frozen, batch or group norm; DC5 as torchvision dilates.
#include "saccade/model/backbone.h"

#include <ATen/ATen.h>
#include <ATen/autocast_mode.h>

#include <algorithm>
#include <array>

#include "saccade/op/one_dnn.h"
#include "saccade/op/weight_casts.h"
#include "saccade/op/winograd.h"

namespace saccade {
namespace {

constexpr double kEpsilon = 1e-5;

std::array<int, 4> blocks_of(const std::string& name) {
  if (name == "resnet18") return {2, 2, 2, 2};
  if (name == "resnet101") return {3, 4, 23, 3};
  return {3, 4, 6, 3};  // resnet34, resnet50
}

struct BlockShape {
  std::int64_t in, width, stride, dilation;
  bool bottleneck, downsample;
};

ResidualBlock make_block(BackboneNorm norm, const BlockShape& s) {
  ResidualBlock block;
  const auto add = [&](const Conv2d::Shape& shape) {
    block.convs.emplace_back(shape);
    block.norms.emplace_back(norm, shape.out);
  };
  const std::int64_t out = s.bottleneck ? s.width * 4 : s.width;
  if (s.bottleneck) {
    add({.in = s.in, .out = s.width, .kernel = 1});
    add({.in = s.width,
         .out = s.width,
         .kernel = 3,
         .stride = s.stride,
         .padding = s.dilation,
         .dilation = s.dilation});
    add({.in = s.width, .out = out, .kernel = 1});
  } else {
    add({.in = s.in, .out = s.width, .kernel = 3, .stride = s.stride, .padding = 1});
    add({.in = s.width, .out = s.width, .kernel = 3, .padding = 1});
  }
  if (s.downsample) {
    block.downsample_conv.emplace(
        Conv2d::Shape{.in = s.in, .out = out, .kernel = 1, .stride = s.stride});
    block.downsample_norm.emplace(norm, out);
  }
  return block;
}

// weight * scale in the type of autocast; without gradients kept, laid out as the maps are, or cuDNN turns it each time.
at::Tensor folded_weight(const at::Tensor& weight, const at::Tensor& scale, const at::Tensor& x) {
  const at::MemoryFormat format = x.suggest_memory_format();
  if (format == at::MemoryFormat::Contiguous || at::GradMode::is_enabled())
    return cast_weight(weight, scale);
  return kept({weight, scale},
              [&] {
                const at::DeviceType device = x.device().type();
                return std::vector<at::Tensor>{(weight * scale)
                                                   .to(at::autocast::get_autocast_dtype(device))
                                                   .contiguous(format)};
              })
      .front();
}

bool is_fixed(const BackboneNormLayer& norm, bool training) {
  return norm.kind == BackboneNorm::kFrozen || (norm.kind == BackboneNorm::kBatch && !training);
}

// norm(conv(x)). Under autocast a norm that is not trained becomes part of the convolution: one pass over the
// map less, and the product is rounded to sixteen bits once.
at::Tensor normalised(const Conv2d& conv, const BackboneNormLayer& norm, const at::Tensor& x,
                      bool training) {
  if (!is_fixed(norm, training) || !at::autocast::is_autocast_enabled(x.device().type()))
    return norm(conv(x), training);
  const auto affine =
      kept({norm.weight, norm.bias, norm.running_mean, norm.running_var}, [&norm, &x] {
        const auto [scale, shift] = norm.as_affine();
        const at::DeviceType device = x.device().type();
        const at::ScalarType type = at::autocast::get_autocast_dtype(device);
        return std::vector<at::Tensor>{scale.view({-1, 1, 1, 1}),
                                       at::autocast::cached_cast(type, shift, device)};
      });
  Conv2d folded = conv;
  folded.weight = folded_weight(conv.weight, affine[0], x);
  folded.bias = affine[1];
  return folded(x);
}

// Convolution, norm and what follows as one operator, without gradients.
at::Tensor fused(const Conv2d& conv, const BackboneNormLayer& norm, const at::Tensor& x, bool relu,
                 const at::Tensor& added) {
  const ConvolutionShape shape{conv.stride, conv.padding, conv.dilation};
  const bool turns = takes_winograd(x, conv.weight, shape);
  const auto folded = [&] {
    const auto [scale, shift] = norm.as_affine();
    const at::Tensor weight = conv.weight * scale.view({-1, 1, 1, 1});
    return std::vector<at::Tensor>{
        turns ? winograd_weight(weight)
              : weight.to(fused_type()).contiguous(at::MemoryFormat::ChannelsLast),
        shift};
  };
  // Kept under the first: a model that meets maps of both kinds has both forms.
  if (turns) {
    const auto weights =
        kept({norm.weight, norm.bias, norm.running_mean, norm.running_var, conv.weight}, folded);
    return winograd_convolution(x, weights[0], weights[1], relu, added);
  }
  const auto weights =
      kept({conv.weight, norm.weight, norm.bias, norm.running_mean, norm.running_var}, folded);
  return one_dnn_convolution(x, weights[0], weights[1], shape, relu, added);
}

// norm(conv(x)), plus `added` where it is defined, then ReLU where it is wanted.
at::Tensor conv_norm(const Conv2d& conv, const BackboneNormLayer& norm, const at::Tensor& x,
                     bool training, bool relu, const at::Tensor& added = {}) {
  if (is_fixed(norm, training) && fuses_layers(x)) return fused(conv, norm, x, relu, added);
  at::Tensor y = normalised(conv, norm, x, training);
  if (added.defined()) y = y + added;
  return relu ? at::relu(y) : y;
}

// cuDNN's convolutions of sixteen bits want the channels of a pixel together, else they turn every map twice. In training
// the gradients of the weights would have to be turned instead.
at::Tensor laid_out(const at::Tensor& pixels, bool training) {
  const bool turns =
      pixels.is_cuda() && !training && at::autocast::is_autocast_enabled(at::DeviceType::CUDA);
  return turns ? pixels.contiguous(at::MemoryFormat::ChannelsLast) : pixels;
}

}  // namespace

BackboneNormLayer::BackboneNormLayer(BackboneNorm k, std::int64_t channels)
    : kind(k), weight(at::empty({channels})), bias(at::empty({channels})) {
  if (kind == BackboneNorm::kGroup) return;
  running_mean = at::empty({channels});
  running_var = at::empty({channels});
}

at::Tensor BackboneNormLayer::operator()(const at::Tensor& x, bool training) const {
  if (kind == BackboneNorm::kGroup) return at::group_norm(x, 32, weight, bias, kEpsilon);
  if (kind == BackboneNorm::kBatch) {
    return at::batch_norm(x, weight, bias, running_mean, running_var, training, 0.1, kEpsilon,
                          false);
  }
  const auto [scale, shift] = as_affine();
  return at::addcmul(shift.view({1, -1, 1, 1}), x, scale.view({1, -1, 1, 1}));
}

std::pair<at::Tensor, at::Tensor> BackboneNormLayer::as_affine() const {
  const at::Tensor scale = weight * (running_var + kEpsilon).rsqrt();
  return {scale, bias - running_mean * scale};
}

void BackboneNormLayer::visit(const std::string& prefix, const TensorVisitor& visitor) {
  const auto affine = kind == BackboneNorm::kFrozen ? TensorKind::kBuffer : TensorKind::kParameter;
  visitor(prefix + "weight", weight, affine);
  visitor(prefix + "bias", bias, affine);
  if (kind == BackboneNorm::kGroup) return;
  visitor(prefix + "running_mean", running_mean, TensorKind::kBuffer);
  visitor(prefix + "running_var", running_var, TensorKind::kBuffer);
}

at::Tensor ResidualBlock::operator()(const at::Tensor& input, bool training) const {
  // Where two convolutions read it, it is cast once: neither is Winograd's, which may give another type than it takes.
  const at::Tensor x = downsample_conv && fuses_layers(input) ? input.to(fused_type()) : input;
  at::Tensor out = x;
  for (std::size_t i = 0; i + 1 < convs.size(); ++i)
    out = conv_norm(convs[i], norms[i], out, training, true);
  const at::Tensor shortcut =
      downsample_conv ? conv_norm(*downsample_conv, *downsample_norm, x, training, false) : x;
  return conv_norm(convs.back(), norms.back(), out, training, true, shortcut);
}

void ResidualBlock::visit(const std::string& prefix, const TensorVisitor& visitor) {
  for (std::size_t i = 0; i < convs.size(); ++i) {
    const std::string number = std::to_string(i + 1);
    convs[i].visit(prefix + "conv" + number + ".", visitor);
    norms[i].visit(prefix + "bn" + number + ".", visitor);
  }
  if (!downsample_conv) return;
  downsample_conv->visit(prefix + "downsample.0.", visitor);
  downsample_norm->visit(prefix + "downsample.1.", visitor);
}

Backbone::Backbone(const ModelConfig& config)
    : conv1_({.in = 3, .out = 64, .kernel = 7, .stride = 2, .padding = 3}),
      bn1_(config.norm, 64),
      bottleneck_(config.backbone == "resnet50" || config.backbone == "resnet101") {
  const auto counts = blocks_of(config.backbone);
  const std::int64_t expansion = bottleneck_ ? 4 : 1;
  std::int64_t in = 64;
  for (int stage = 0; stage < 4; ++stage) {
    const std::int64_t width = std::int64_t{64} << stage;
    const bool dilated = config.dilation && stage == 3;
    const std::int64_t stride = stage == 0 || dilated ? 1 : 2;
    std::vector<ResidualBlock> blocks;
    for (int b = 0; b < counts[stage]; ++b) {
      // DC5: the first block keeps the dilation of the stage before it, the others dilate by 2.
      blocks.push_back(
          make_block(config.norm, {.in = in,
                                   .width = width,
                                   .stride = b == 0 ? stride : 1,
                                   .dilation = dilated && b > 0 ? 2 : 1,
                                   .bottleneck = bottleneck_,
                                   .downsample = b == 0 && (stage > 0 || bottleneck_)}));
      in = width * expansion;
    }
    stages_.push_back(std::move(blocks));
  }
}

std::vector<std::int64_t> Backbone::channels(int count) const {
  std::vector<std::int64_t> out;
  for (int stage = 4 - count; stage < 4; ++stage)
    out.push_back((std::int64_t{64} << stage) * (bottleneck_ ? 4 : 1));
  return out;
}

std::vector<at::Tensor> Backbone::operator()(const at::Tensor& pixels, int count,
                                             bool training) const {
  at::Tensor x = conv_norm(conv1_, bn1_, laid_out(pixels, training), training, true);
  x = at::max_pool2d(x, {3, 3}, {2, 2}, {1, 1});
  std::vector<at::Tensor> outputs;
  for (int stage = 0; stage < 4; ++stage) {
    for (const ResidualBlock& block : stages_[stage]) x = block(x, training);
    if (stage >= 4 - count) outputs.push_back(x);
  }
  return outputs;
}

void Backbone::visit(const std::string& prefix, const TensorVisitor& visitor) {
  conv1_.visit(prefix + "conv1.", visitor);
  bn1_.visit(prefix + "bn1.", visitor);
  for (std::size_t s = 0; s < stages_.size(); ++s) {
    for (std::size_t b = 0; b < stages_[s].size(); ++b) {
      stages_[s][b].visit(prefix + "layer" + std::to_string(s + 1) + "." + std::to_string(b) + ".",
                          visitor);
    }
  }
}

}  // namespace saccade
