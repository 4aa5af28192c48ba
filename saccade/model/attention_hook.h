// What the model tells whoever watches its attention, and lets them change. The model knows only
// this interface; explain/ implements it. Without a hook the model computes the same bits.
#pragma once

#include <ATen/core/Tensor.h>

#include <cstdint>
#include <vector>

#include "saccade/core/levels.h"

namespace saccade {

enum class AttentionSite { kEncoderSelf, kDecoderSelf, kDecoderCross };

// One deformable attention call, after the softmax and before anything is sampled. A hook may
// replace sampling_locations, attention_weights or value; what stands here afterwards is used.
struct DeformableAttentionCall {
  AttentionSite site;
  int layer;                      // 0-based
  at::Tensor value;               // [N, S, M, D] projected, padding rows zeroed
  at::Tensor reference_points;    // [N, Q, L, 2 or 4] already multiplied by the valid ratios
  at::Tensor sampling_locations;  // [N, Q, M, L, P, 2] fraction of the padded level
  at::Tensor attention_weights;   // [N, Q, M, L, P] softmax over L * P
};

// One dense attention call (decoder self-attention; plain DETR: all three sites), after the softmax.
struct DenseAttentionCall {
  AttentionSite site;
  int layer;
  at::Tensor weights;  // [N, M, Q, K] softmax over K; a hook may replace it
};

class AttentionHook {
 public:
  virtual ~AttentionHook() = default;

  // Sizes of this forward pass: levels of the padded input, valid_ratios [N, L, 2] (w, h).
  virtual void on_levels(const std::vector<LevelShape>& levels, const at::Tensor& valid_ratios) {
    (void)levels, (void)valid_ratios;
  }
  virtual void on_deformable(DeformableAttentionCall& call) { (void)call; }
  // What the operator returned, [N, Q, M * D], before output_proj; a hook may replace it.
  virtual void on_deformable_output(const DeformableAttentionCall& call, at::Tensor& output) {
    (void)call, (void)output;
  }
  virtual void on_dense(DenseAttentionCall& call) { (void)call; }
  // Whether on_dense is wanted for this site and layer: the model then computes the probabilities
  // per head explicitly; otherwise it may use a fused attention.
  virtual bool wants_dense(AttentionSite site, int layer) const {
    (void)site, (void)layer;
    return false;
  }
};

}  // namespace saccade
