// Linear, norms, convolution and the box head's perceptron.
#include "saccade/model/layers.h"

#include <ATen/ATen.h>
#include <c10/core/InferenceMode.h>

#include "saccade/op/autocast.h"
#include "saccade/op/dropout.h"
#include "saccade/op/linear.h"
#include "saccade/op/one_dnn.h"
#include "saccade/op/weight_casts.h"

namespace saccade {

at::Tensor Mode::drop(const at::Tensor& x) const {
  return drops() ? saccade::dropout(x, dropout) : x;
}
at::Tensor Mode::add(const at::Tensor& x, const at::Tensor& branch) const {
  return drops() ? add_dropout(x, branch, dropout) : x + branch;
}

Linear::Linear(std::int64_t in, std::int64_t out)
    : weight(at::empty({out, in})), bias(at::empty({out})) {}
namespace {

// Layers that are fused want it as it is.
at::Tensor bias_for(const at::Tensor& x, const at::Tensor& bias) {
  return fuses_layers(x) ? bias : cast_weight(bias);
}

}  // namespace

at::Tensor Linear::operator()(const at::Tensor& x) const {
  return saccade::linear(x, cast_weight(weight), bias_for(x, bias));
}
at::Tensor Linear::relu(const at::Tensor& x) const {
  return linear_relu(x, cast_weight(weight), bias_for(x, bias));
}
at::Tensor Linear::plus(const at::Tensor& x, const at::Tensor& residual) const {
  return linear_add(x, cast_weight(weight), bias_for(x, bias), residual);
}
void Linear::visit(const std::string& prefix, const TensorVisitor& visitor) {
  visitor(prefix + "weight", weight, TensorKind::kParameter);
  visitor(prefix + "bias", bias, TensorKind::kParameter);
}

// As a matrix in training: of more dimensions it would be a view, whose gradient autograd copies about.
at::Tensor feed_forward(const Linear& first, const Linear& second, const at::Tensor& x,
                        const Mode& mode) {
  if (c10::InferenceMode::is_enabled() && !mode.drops()) return second(first.relu(x));
  const at::Tensor rows = x.reshape({-1, x.size(-1)});
  // In place, since nothing else reads what `first` gives.
  at::Tensor hidden = mode.drops() ? first(rows) : first.relu(rows);
  if (mode.drops()) hidden = dropout_relu_(hidden, mode.dropout);
  return second(hidden).view(x.sizes());
}

at::Tensor add_feed_forward(const Linear& first, const Linear& second, const at::Tensor& x,
                            const Mode& mode) {
  if (!c10::InferenceMode::is_enabled() || mode.drops())
    return mode.add(x, feed_forward(first, second, x, mode));
  return second.plus(first.relu(x), x);
}

LayerNorm::LayerNorm(std::int64_t channels)
    : weight(at::empty({channels})), bias(at::empty({channels})) {}
at::Tensor LayerNorm::operator()(const at::Tensor& x) const {
  return at::layer_norm(x, weight.sizes(), weight, bias, 1e-5);
}
void LayerNorm::visit(const std::string& prefix, const TensorVisitor& visitor) {
  visitor(prefix + "weight", weight, TensorKind::kParameter);
  visitor(prefix + "bias", bias, TensorKind::kParameter);
}

GroupNorm::GroupNorm(std::int64_t channels)
    : weight(at::empty({channels})), bias(at::empty({channels})) {}
at::Tensor GroupNorm::operator()(const at::Tensor& x) const {
  return at::group_norm(x, 32, weight, bias, 1e-5);
}
void GroupNorm::visit(const std::string& prefix, const TensorVisitor& visitor) {
  visitor(prefix + "weight", weight, TensorKind::kParameter);
  visitor(prefix + "bias", bias, TensorKind::kParameter);
}

Conv2d::Conv2d(const Shape& s)
    : weight(at::empty({s.out, s.in, s.kernel, s.kernel})),
      stride(s.stride),
      padding(s.padding),
      dilation(s.dilation) {
  if (s.bias) bias = at::empty({s.out});
}
at::Tensor Conv2d::operator()(const at::Tensor& x) const {
  if (bias.defined() && fuses_layers(x)) {
    const auto laid_out = kept({weight}, [&] {
      return std::vector<at::Tensor>{
          weight.to(fused_type()).contiguous(at::MemoryFormat::ChannelsLast)};
    });
    return one_dnn_convolution(x, laid_out[0], bias, {stride, padding, dilation}, false);
  }
  return at::conv2d(x, cast_weight(weight), cast_weight(bias), {stride, stride},
                    at::IntArrayRef{padding, padding}, {dilation, dilation});
}
void Conv2d::visit(const std::string& prefix, const TensorVisitor& visitor) {
  visitor(prefix + "weight", weight, TensorKind::kParameter);
  if (bias.defined()) visitor(prefix + "bias", bias, TensorKind::kParameter);
}

Mlp::Mlp(std::int64_t in, std::int64_t hidden, std::int64_t out, int count) {
  for (int i = 0; i < count; ++i)
    layers.emplace_back(i == 0 ? in : hidden, i == count - 1 ? out : hidden);
}
at::Tensor Mlp::operator()(at::Tensor x) const {
  for (std::size_t i = 0; i < layers.size(); ++i) {
    x = layers[i](x);
    if (i + 1 < layers.size()) x = at::relu(x);
  }
  return x;
}
void Mlp::visit(const std::string& prefix, const TensorVisitor& visitor) {
  for (std::size_t i = 0; i < layers.size(); ++i)
    layers[i].visit(prefix + "layers." + std::to_string(i) + ".", visitor);
}

at::Tensor exactly(const Linear& layer, const at::Tensor& x) {
  const NoAutocast exact(x.device().type());
  return layer(x.to(layer.weight.scalar_type()));
}

at::Tensor exactly(const Mlp& layer, const at::Tensor& x) {
  const NoAutocast exact(x.device().type());
  return layer(x.to(layer.layers[0].weight.scalar_type()));
}

}  // namespace saccade
