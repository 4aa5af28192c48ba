// Layers of a detector as ONNX nodes.
#include "saccade/export/onnx_builder.h"

#include <ATen/ATen.h>

#include "saccade/core/error.h"

namespace saccade {
namespace {

constexpr double kEpsilon = 1e-5;

std::span<const float> numbers_of(const at::Tensor& tensor) {
  return {tensor.const_data_ptr<float>(), static_cast<std::size_t>(tensor.numel())};
}

}  // namespace

const at::Tensor& OnnxBuilder::weight(const std::string& name) const {
  const auto found = weights_.find(name);
  if (found == weights_.end()) throw Error("export: the model has no " + name);
  return found->second;
}

OnnxValue OnnxBuilder::constant(const std::string& name, const at::Tensor& tensor) {
  const at::Tensor whole = tensor.to(at::kFloat).contiguous();
  return graph.floats(name, whole.sizes().vec(), numbers_of(whole));
}

OnnxValue OnnxBuilder::scalar(double value) {
  const auto number = static_cast<float>(value);
  return graph.floats("scalar", {}, {&number, 1});
}

OnnxValue OnnxBuilder::reshape(const OnnxValue& x, const OnnxShape& shape) {
  return graph.node("Reshape", {x, graph.int64s("shape", shape)});
}

OnnxValue OnnxBuilder::transpose(const OnnxValue& x, const std::vector<std::int64_t>& order) {
  return graph.node("Transpose", {x}, {{"perm", order}});
}

OnnxValue OnnxBuilder::concat(const std::vector<OnnxValue>& all, std::int64_t axis) {
  return all.size() == 1 ? all.front() : graph.node("Concat", all, {{"axis", axis}});
}

OnnxValue OnnxBuilder::slice(const OnnxValue& x, std::int64_t axis, std::int64_t from,
                             std::int64_t to) {
  const auto one = [&](const char* name, std::int64_t value) {
    return graph.int64s(name, {&value, 1});
  };
  return graph.node("Slice", {x, one("from", from), one("to", to), one("axis", axis)});
}

std::vector<OnnxValue> OnnxBuilder::split(const OnnxValue& x, std::int64_t axis,
                                          const std::vector<std::int64_t>& sizes) {
  if (sizes.size() == 1) return {x};
  return graph.nodes("Split", {x, graph.int64s("sizes", sizes)}, sizes.size(), {{"axis", axis}});
}

OnnxValue OnnxBuilder::linear(const std::string& name, const OnnxValue& x, const at::Tensor& weight,
                              const at::Tensor& bias) {
  return add(matmul(x, constant(name + "weight", weight.t())), constant(name + "bias", bias));
}

OnnxValue OnnxBuilder::linear(const std::string& prefix, const OnnxValue& x) {
  return linear(prefix, x, weight(prefix + "weight"), weight(prefix + "bias"));
}

OnnxValue OnnxBuilder::layer_norm(const std::string& prefix, const OnnxValue& x) {
  return graph.node("LayerNormalization",
                    {x, constant(prefix + "weight", weight(prefix + "weight")),
                     constant(prefix + "bias", weight(prefix + "bias"))},
                    {{"axis", std::int64_t{-1}}, {"epsilon", kEpsilon}});
}

OnnxValue OnnxBuilder::group_norm(const std::string& prefix, const OnnxValue& x) {
  constexpr std::int64_t kGroups = 32;
  const OnnxValue ones = constant("ones", at::ones({kGroups}));
  const OnnxValue zeros = constant("zeros", at::zeros({kGroups}));
  const OnnxValue grouped = reshape(x, {0, kGroups, -1});  // 0: as it was
  const OnnxValue normed =
      graph.node("InstanceNormalization", {grouped, ones, zeros}, {{"epsilon", kEpsilon}});
  const auto of_channels = [&](const std::string& name) {
    return constant(prefix + name, weight(prefix + name).view({1, -1, 1, 1}));
  };
  const OnnxValue back = graph.node("Reshape", {normed, graph.node("Shape", {x})});
  return add(mul(back, of_channels("weight")), of_channels("bias"));
}

OnnxValue OnnxBuilder::feed_forward(const std::string& prefix, const OnnxValue& x) {
  return linear(prefix + "linear2.", relu(linear(prefix + "linear1.", x)));
}

OnnxValue OnnxBuilder::mlp(const std::string& prefix, OnnxValue x, int count) {
  for (int i = 0; i < count; ++i) {
    x = linear(text_of(prefix, "layers.", i, "."), x);
    if (i + 1 < count) x = relu(x);
  }
  return x;
}

OnnxValue OnnxBuilder::conv(const std::string& name, const OnnxValue& x, const Conv& c) {
  std::vector<OnnxValue> inputs = {x, constant(name + "weight", c.weight)};
  if (c.bias.defined()) inputs.push_back(constant(name + "bias", c.bias));
  const std::vector<std::int64_t> pads(4, c.padding), strides(2, c.stride),
      dilations(2, c.dilation);
  const std::vector<std::int64_t> kernel = {c.weight.size(2), c.weight.size(3)};
  return graph.node("Conv", inputs,
                    {{"kernel_shape", kernel},
                     {"pads", pads},
                     {"strides", strides},
                     {"dilations", dilations},
                     {"group", std::int64_t{1}}});
}

}  // namespace saccade
