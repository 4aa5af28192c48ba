// Standard multi-head attention.
#include "saccade/model/multihead_attention.h"

#include <ATen/ATen.h>
#include <ATen/autocast_mode.h>

#include <cmath>
#include <limits>

#include "saccade/op/linear.h"
#include "saccade/op/weight_casts.h"

namespace saccade {
namespace {

// at::matmul of four dimensions, but for its expansions: they expand nothing here, and each is a node of the graph.
at::Tensor matrix_products(const at::Tensor& a, const at::Tensor& b) {
  const auto matrices = [](const at::Tensor& x) {
    return x.reshape({x.size(0) * x.size(1), x.size(2), x.size(3)});
  };
  return at::bmm(matrices(a), matrices(b)).view({a.size(0), a.size(1), a.size(2), b.size(3)});
}

}  // namespace

MultiheadAttention::MultiheadAttention(std::int64_t channels, int head_count)
    : in_proj_weight(at::empty({3 * channels, channels})),
      in_proj_bias(at::empty({3 * channels})),
      out_proj(channels, channels),
      heads(head_count) {}

at::Tensor MultiheadAttention::operator()(const Input& input, const Mode& mode,
                                          AttentionHook* hook) const {
  const std::int64_t channels = in_proj_weight.size(1);
  const auto in_weights = cast_weight(in_proj_weight).split(channels);
  const auto in_biases = cast_weight(in_proj_bias).split(channels);
  const auto project = [&](const at::Tensor& x, int part) {
    const at::Tensor y = linear(x, in_weights[part], in_biases[part]);
    return y.view({x.size(0), x.size(1), heads, channels / heads}).transpose(1, 2);  // [N, M, ., D]
  };
  const double scale = 1 / std::sqrt(static_cast<double>(channels / heads));
  at::Tensor scores =
      matrix_products(project(input.query, 0) * scale, project(input.key, 1).transpose(2, 3));
  if (input.key_padding_mask.defined()) {
    scores = scores.masked_fill(input.key_padding_mask.unsqueeze(1).unsqueeze(1),
                                -std::numeric_limits<double>::infinity());
  }
  // CUDA's autocast does so by itself, the CPU's would keep sixteen bits.
  if (at::autocast::is_autocast_enabled(scores.device().type())) scores = scores.to(at::kFloat);
  DenseAttentionCall call{input.site, input.layer, at::softmax(scores, -1)};
  const bool is_hooked = hook != nullptr && hook->wants_dense(input.site, input.layer);
  if (is_hooked) hook->on_dense(call);
  const at::Tensor mixed = matrix_products(mode.drop(call.weights), project(input.value, 2));
  at::Tensor output = mixed.transpose(1, 2).flatten(2);
  if (is_hooked) hook->on_dense_output(call, output);
  return out_proj(output);
}

void MultiheadAttention::visit(const std::string& prefix, const TensorVisitor& visitor) {
  visitor(prefix + "in_proj_weight", in_proj_weight, TensorKind::kParameter);
  visitor(prefix + "in_proj_bias", in_proj_bias, TensorKind::kParameter);
  out_proj.visit(prefix + "out_proj.", visitor);
}

}  // namespace saccade
