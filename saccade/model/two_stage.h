// Two-stage proposals: every encoder token suggests a box, the best become decoder queries.
#pragma once

#include <ATen/core/Tensor.h>

#include "saccade/model/layers.h"

namespace saccade {

struct Proposals {
  at::Tensor memory;       // [N, S, C] with rejected tokens zeroed, projected and normed
  at::Tensor boxes_unact;  // [N, S, 4] inverse sigmoid; +inf where rejected
};

// The layers that only two-stage models have: keys enc_output, enc_output_norm, pos_trans, pos_trans_norm.
struct TwoStage {
  Linear enc_output, pos_trans;
  LayerNorm enc_output_norm, pos_trans_norm;

  TwoStage() = default;
  explicit TwoStage(std::int64_t channels);

  // model.md 5.6, steps 1 to 4. padding_mask [N, S], spatial_shapes [L, 2].
  Proposals propose(const at::Tensor& tokens, const at::Tensor& padding_mask,
                    const at::Tensor& spatial_shapes) const;
  void visit(const std::string& prefix, const TensorVisitor& visitor);
};

// The grid boxes themselves, before the projection: [N, S, 4] and which of them stand, [N, S] bool.
std::pair<at::Tensor, at::Tensor> proposal_grid(const at::Tensor& padding_mask,
                                                const at::Tensor& spatial_shapes);

}  // namespace saccade
