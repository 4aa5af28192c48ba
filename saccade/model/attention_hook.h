// What the model tells whoever watches its attention, and lets them change. The model knows only
// this interface; explain/ implements it. Without a hook the model computes the same bits.
#pragma once

#include <ATen/core/Tensor.h>

#include <cstdint>
#include <vector>

#include "saccade/core/levels.h"
#include "saccade/model/attention_site.h"

namespace saccade {

struct ModelOutput;

// Of an image as it was before resizing, pixels.
struct OriginalSize {
  double width = 0, height = 0;
};

// One deformable attention call, after the softmax and before anything is sampled. A hook may
// replace sampling_locations, attention_weights or value; what stands here afterwards is used.
struct DeformableAttentionCall {
  AttentionSite site;
  int layer;         // 0-based
  at::Tensor value;  // [N, S, M, D] projected, padding rows zeroed; or [1, S, M, D], of all N
  at::Tensor reference_points;    // [N, Q, L, 2 or 4] already multiplied by the valid ratios
  at::Tensor sampling_locations;  // [N, Q, M, L, P, 2] fraction of the padded level
  at::Tensor attention_weights;   // [N, Q, M, L, P] softmax over L * P
  at::Tensor offset_bias;         // [M, L, P, 2] the part of the offsets that no query changes
  at::Tensor level_sizes;         // [L, 2] int64 (W_l, H_l)
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

  // The images of the next forward pass, told by whoever runs it, before it.
  virtual void on_images(const std::vector<OriginalSize>& images) { (void)images; }
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
  // What its heads give, [N, Q, M * D], before out_proj; a hook may replace it.
  virtual void on_dense_output(const DenseAttentionCall& call, at::Tensor& output) {
    (void)call, (void)output;
  }
  // Whether a layer goes without this branch: nothing is added, the norm after it stays.
  virtual bool skips(Branch branch, int layer) const {
    (void)branch, (void)layer;
    return false;
  }
  // What the detector found, all layers; a hook may replace it.
  virtual void on_output(ModelOutput& output) { (void)output; }
  // Whether on_deformable and on_deformable_output are wanted for this site and layer: else locations need not be
  // written down. The result has the same bits.
  virtual bool wants_deformable(AttentionSite site, int layer) const {
    (void)site, (void)layer;
    return true;
  }
  // Whether on_dense and on_dense_output are wanted for this site and layer: the model then computes the probabilities
  // per head explicitly; otherwise it may use a fused attention.
  virtual bool wants_dense(AttentionSite site, int layer) const {
    (void)site, (void)layer;
    return false;
  }
};

inline bool skips(const AttentionHook* hook, Branch branch, int layer) {
  return hook != nullptr && hook->skips(branch, layer);
}

}  // namespace saccade
