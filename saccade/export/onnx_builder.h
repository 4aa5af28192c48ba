// Layers of a detector as ONNX nodes, with the detector's weights.
#pragma once

#include <ATen/core/Tensor.h>

#include <map>
#include <string>

#include "saccade/export/onnx_graph.h"

namespace saccade {

class OnnxBuilder {
 public:
  // `weights` by official name, float32 on the CPU.
  OnnxBuilder(OnnxGraph& graph, const std::map<std::string, at::Tensor>& weights)
      : graph(graph), weights_(weights) {}

  OnnxGraph& graph;

  // Throws Error: no such weight.
  const at::Tensor& weight(const std::string& name) const;
  bool has(const std::string& name) const { return weights_.contains(name); }

  OnnxValue constant(const std::string& name, const at::Tensor& tensor);
  OnnxValue scalar(double value);

  OnnxValue add(const OnnxValue& a, const OnnxValue& b) { return graph.node("Add", {a, b}); }
  OnnxValue mul(const OnnxValue& a, const OnnxValue& b) { return graph.node("Mul", {a, b}); }
  OnnxValue matmul(const OnnxValue& a, const OnnxValue& b) { return graph.node("MatMul", {a, b}); }
  OnnxValue relu(const OnnxValue& x) { return graph.node("Relu", {x}); }
  OnnxValue sigmoid(const OnnxValue& x) { return graph.node("Sigmoid", {x}); }
  OnnxValue reshape(const OnnxValue& x, const OnnxShape& shape);
  OnnxValue transpose(const OnnxValue& x, const std::vector<std::int64_t>& order);
  OnnxValue concat(const std::vector<OnnxValue>& all, std::int64_t axis);
  // [from, to) of an axis.
  OnnxValue slice(const OnnxValue& x, std::int64_t axis, std::int64_t from, std::int64_t to);
  std::vector<OnnxValue> split(const OnnxValue& x, std::int64_t axis,
                               const std::vector<std::int64_t>& sizes);

  // x [.., in] -> [.., out], of weights that are here or of PREFIXweight and PREFIXbias.
  OnnxValue linear(const std::string& name, const OnnxValue& x, const at::Tensor& weight,
                   const at::Tensor& bias);
  OnnxValue linear(const std::string& prefix, const OnnxValue& x);
  OnnxValue layer_norm(const std::string& prefix, const OnnxValue& x);
  // Of 32 groups; x [N, C, H, W].
  OnnxValue group_norm(const std::string& prefix, const OnnxValue& x);
  // second(relu(first(x))).
  OnnxValue feed_forward(const std::string& prefix, const OnnxValue& x);
  // The box head: `count` linear layers PREFIXlayers.I with ReLU between them.
  OnnxValue mlp(const std::string& prefix, OnnxValue x, int count);

  struct Conv {
    at::Tensor weight;  // [out, in, k, k]
    at::Tensor bias;    // may be undefined
    std::int64_t stride = 1, padding = 0, dilation = 1;
  };
  OnnxValue conv(const std::string& name, const OnnxValue& x, const Conv& conv);

 private:
  const std::map<std::string, at::Tensor>& weights_;
};

}  // namespace saccade
