// The building blocks of a detector: plain structs of tensors, no framework modules. Each names its
// tensors through visit(), in the official order and spelling.
#pragma once

#include <ATen/core/Tensor.h>

#include <cstdint>
#include <functional>
#include <string>
#include <vector>

namespace saccade {

enum class TensorKind { kParameter, kBuffer };

// Called once for every name of every tensor; a shared tensor comes under each of its names.
using TensorVisitor =
    std::function<void(const std::string& name, at::Tensor& tensor, TensorKind kind)>;

// How a model runs; dropout's probability and whether it is active are the same for all layers.
struct Mode {
  bool training = false;
  double dropout = 0.1;
  bool recompute = false;      // training: encoder and decoder layers keep their inputs only
  bool all_proposals = false;  // inference, two-stage: boxes of those that become no query too
  bool drops() const { return training && dropout > 0; }
  at::Tensor drop(const at::Tensor& x) const;
  // x + drop(branch): the residual connections.
  at::Tensor add(const at::Tensor& x, const at::Tensor& branch) const;
};

struct Linear {
  at::Tensor weight;  // [out, in]
  at::Tensor bias;    // [out]

  Linear() = default;
  Linear(std::int64_t in, std::int64_t out);
  at::Tensor operator()(const at::Tensor& x) const;
  at::Tensor relu(const at::Tensor& x) const;                              // relu(layer(x))
  at::Tensor plus(const at::Tensor& x, const at::Tensor& residual) const;  // residual + layer(x)
  void visit(const std::string& prefix, const TensorVisitor& visitor);
};

// The block of a transformer's layer: second(drop(relu(first(x)))).
at::Tensor feed_forward(const Linear& first, const Linear& second, const at::Tensor& x,
                        const Mode& mode);
// x + drop(feed_forward()).
at::Tensor add_feed_forward(const Linear& first, const Linear& second, const at::Tensor& x,
                            const Mode& mode);

struct LayerNorm {
  at::Tensor weight, bias;  // [C]; eps 1e-5

  LayerNorm() = default;
  explicit LayerNorm(std::int64_t channels);
  at::Tensor operator()(const at::Tensor& x) const;
  void visit(const std::string& prefix, const TensorVisitor& visitor);
};

struct GroupNorm {
  at::Tensor weight, bias;  // [C]; 32 groups, eps 1e-5

  GroupNorm() = default;
  explicit GroupNorm(std::int64_t channels);
  at::Tensor operator()(const at::Tensor& x) const;
  void visit(const std::string& prefix, const TensorVisitor& visitor);
};

struct Conv2d {
  at::Tensor weight;  // [out, in, k, k]
  at::Tensor bias;    // [out], or undefined
  std::int64_t stride = 1, padding = 0, dilation = 1;

  struct Shape {
    std::int64_t in, out, kernel, stride = 1, padding = 0, dilation = 1;
    bool bias = false;
  };
  Conv2d() = default;
  explicit Conv2d(const Shape& shape);
  at::Tensor operator()(const at::Tensor& x) const;
  void visit(const std::string& prefix, const TensorVisitor& visitor);
};

// Linear layers with ReLU between them: the box head.
struct Mlp {
  std::vector<Linear> layers;

  Mlp() = default;
  Mlp(std::int64_t in, std::int64_t hidden, std::int64_t out, int count);
  at::Tensor operator()(at::Tensor x) const;
  void visit(const std::string& prefix, const TensorVisitor& visitor);
};

// The layer without autocast, in the type of its weights: a box in bfloat16 would be off by three pixels
// of 800.
at::Tensor exactly(const Linear& layer, const at::Tensor& x);
at::Tensor exactly(const Mlp& layer, const at::Tensor& x);

}  // namespace saccade
