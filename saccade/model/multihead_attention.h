// Standard multi-head attention, with its probabilities open to a hook.
#pragma once

#include <ATen/core/Tensor.h>

#include "saccade/model/attention_hook.h"
#include "saccade/model/layers.h"

namespace saccade {

struct MultiheadAttention {
  at::Tensor in_proj_weight;  // [3 C, C], rows q, k, v
  at::Tensor in_proj_bias;    // [3 C]
  Linear out_proj;
  int heads = 8;

  MultiheadAttention() = default;
  MultiheadAttention(std::int64_t channels, int heads);

  struct Input {
    at::Tensor query, key, value;  // [N, Q, C], [N, K, C], [N, K, C]
    at::Tensor key_padding_mask;   // [N, K] bool, true = ignore; may be undefined
    AttentionSite site;
    int layer;
  };
  // [N, Q, C]. Dropout acts on the probabilities.
  at::Tensor operator()(const Input& input, const Mode& mode, AttentionHook* hook) const;
  void visit(const std::string& prefix, const TensorVisitor& visitor);
};

}  // namespace saccade
