// Encoder and decoder of Deformable DETR (model.md 5): post-norm layers around deformable attention.
#pragma once

#include <ATen/core/Tensor.h>

#include <vector>

#include "saccade/model/deformable_attention.h"
#include "saccade/model/detector.h"
#include "saccade/model/multihead_attention.h"

namespace saccade {

struct DeformableEncoderLayer {
  DeformableAttention self_attn;
  LayerNorm norm1, norm2;
  Linear linear1, linear2;

  explicit DeformableEncoderLayer(const ModelConfig& config);
  void visit(const std::string& prefix, const TensorVisitor& visitor);
};

// Official naming: norm1 follows cross-attention, norm2 self-attention, which comes first (A8).
struct DeformableDecoderLayer {
  DeformableAttention cross_attn;
  MultiheadAttention self_attn;
  LayerNorm norm1, norm2, norm3;
  Linear linear1, linear2;

  explicit DeformableDecoderLayer(const ModelConfig& config);
  void visit(const std::string& prefix, const TensorVisitor& visitor);
};

struct EncoderInput {
  at::Tensor tokens;  // [N, S, C]
  at::Tensor
      positions;  // [N, S, C] position and level embedding, added to the query of every layer
  at::Tensor reference_points;  // [N, S, L, 2]
  at::Tensor spatial_shapes;    // [L, 2] (H_l, W_l), on the CPU
  at::Tensor level_sizes;       // [L, 2] (W_l, H_l), where the tokens are
  at::Tensor padding_mask;      // [N, S]
};

struct DecoderInput {
  at::Tensor target, query_pos;   // [N, Q, C]
  at::Tensor reference_points;    // [N, Q, L, 2 or 4]
  Memory memory;                  // what it looks at,
  UnprojectedMemory unprojected;  // and the same where it is sampled before it is projected
};

// One layer each; `layer` is its number, for the hook.
at::Tensor run_encoder_layer(const DeformableEncoderLayer& layer, int number,
                             const EncoderInput& input, const Mode& mode, AttentionHook* hook);
at::Tensor run_decoder_layer(const DeformableDecoderLayer& layer, int number,
                             const DecoderInput& input, const Mode& mode, AttentionHook* hook);

// (H_l, W_l) on the CPU -> (W_l, H_l) on a device. Numbers are filled in, not copied: a forward pass that copies
// from the host cannot be recorded (GraphedDetector).
at::Tensor level_sizes_on(at::Device device, const at::Tensor& spatial_shapes);

// Centres of all cells, relative to the padded map of every level: float32 [N, S, L, 2] (model.md 5.2).
at::Tensor encoder_reference_points(const at::Tensor& spatial_shapes,
                                    const at::Tensor& valid_ratios);

// Share of a level's first row and column that is no padding: mask [N, h, w] -> [N, 2] (w, h).
at::Tensor valid_ratio(const at::Tensor& mask);

}  // namespace saccade
