// The multi-scale deformable attention module: projections around the operator.
#pragma once

#include <ATen/core/Tensor.h>

#include "saccade/model/attention_hook.h"
#include "saccade/model/layers.h"

namespace saccade {

// A memory that is sampled as it is and projected afterwards: the projection is linear, and the samples of a few queries
// are fewer rows than the memory has.
struct UnprojectedMemory {
  at::Tensor tokens;  // [N, S, 1, C], zeros where it is padding
  at::Tensor
      is_token;  // [N, S, 1, 16], ones, and zeros where it is padding: what the bias is sampled from
  bool defined() const { return tokens.defined(); }
};

struct DeformableAttention {
  Linear sampling_offsets;   // C -> M * L * P * 2, order head, level, point, (x, y)
  Linear attention_weights;  // C -> M * L * P
  Linear value_proj, output_proj;
  int heads = 8, levels = 4, points = 4;

  DeformableAttention() = default;
  DeformableAttention(std::int64_t channels, int heads, int levels, int points);

  struct Input {
    at::Tensor query;             // [N, Q, C]
    at::Tensor reference_points;  // [N, Q, L, 2 or 4] fraction of the padded level
    at::Tensor memory;            // [N, S, C], what is sampled
    at::Tensor value;  // value_of(memory), [N, S, M, D], where it is known; may be undefined
    UnprojectedMemory
        unprojected;            // where it is to be sampled before it is projected (sample_first)
    at::Tensor residual;        // [N, Q, C], what the result is added to; may be undefined
    at::Tensor spatial_shapes;  // [L, 2] int64 on the CPU, (H_l, W_l)
    at::Tensor level_sizes;     // [L, 2] int64 where the memory is, (W_l, H_l)
    at::Tensor padding_mask;    // [N, S] bool, true = padding; may be undefined
    AttentionSite site;
    int layer;
  };
  // The memory as it is sampled: [N, S, M, D], zeros where it is padding.
  at::Tensor value_of(const at::Tensor& memory, const at::Tensor& padding_mask) const;
  // The memory for `queries` queries of an image, where that takes less time than value_of(): in inference on the CPU
  // (fuses_layers), by their number alone; else undefined. Bits differ from those of value_of() by rounding.
  UnprojectedMemory sample_first(const at::Tensor& memory, const at::Tensor& padding_mask,
                                 std::int64_t queries) const;
  // The raw offsets [N, Q, M * L * P * 2] and logits [N, Q, M * L * P] of all samples; in inference mode by one product.
  std::pair<at::Tensor, at::Tensor> predict(const at::Tensor& query) const;
  // [N, Q, C] (model.md 5.3). Queries may be a batch over a memory of one. Under autocast the memory is sampled in sixteen
  // bits (in float32 where it is sampled first), at locations and with weights of float32. A hook that changes the value puts another tensor in its place.
  at::Tensor operator()(const Input& input, AttentionHook* hook) const;
  void visit(const std::string& prefix, const TensorVisitor& visitor);

 private:
  at::Tensor attended(const Input& input, AttentionHook* hook) const;
  at::Tensor attended_openly(const Input& input, const at::Tensor& value, const at::Tensor& offsets,
                             const at::Tensor& weights, AttentionHook* hook) const;
  at::Tensor projected_samples(const UnprojectedMemory& memory, const at::Tensor& spatial_shapes,
                               const at::Tensor& locations, const at::Tensor& weights) const;
};

// Where each query looks, [N, Q, M, L, P, 2]: 2-d references [N, Q, L, 2] shift by offsets [N, Q, M, L, P, 2] in cells of
// the level (sizes [L, 2], (W_l, H_l)), 4-d ones by shares of the box.
at::Tensor sampling_locations_of(const at::Tensor& reference, const at::Tensor& offsets,
                                 const at::Tensor& level_sizes);

}  // namespace saccade
