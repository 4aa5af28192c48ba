// Plain DETR: dense attention over the last map of the backbone (model.md 6).
#pragma once

#include <optional>
#include <vector>

#include "saccade/model/backbone.h"
#include "saccade/model/detector.h"
#include "saccade/model/multihead_attention.h"
#include "saccade/model/position_embedding.h"

namespace saccade {

class Detr : public Detector {
 public:
  explicit Detr(const ModelConfig& config);

  EncoderState encoder_start(const at::Tensor& pixels, const at::Tensor& mask,
                             EncoderProbe* probe) const override;
  Memory encode_from(const EncoderState& state, AttentionHook* hook,
                     EncoderProbe* probe) const override;
  DecoderState decoder_start(const Memory& memory, ModelOutput& output) const override;
  void decode_from(const Memory& memory, const DecoderState& state, AttentionHook* hook,
                   ModelOutput& output) const override;
  void visit(const TensorVisitor& visitor) override;

 private:
  struct EncoderLayer {
    MultiheadAttention self_attn;
    Linear linear1, linear2;
    LayerNorm norm1, norm2;
    explicit EncoderLayer(const ModelConfig& config);
  };
  struct DecoderLayer {
    MultiheadAttention self_attn, multihead_attn;
    Linear linear1, linear2;
    LayerNorm norm1, norm2, norm3;
    explicit DecoderLayer(const ModelConfig& config);
  };

  at::Tensor run_encoder_layer(int number, const at::Tensor& tokens, const Memory& memory,
                               AttentionHook* hook) const;
  at::Tensor run_decoder_layer(int number, const at::Tensor& target, const at::Tensor& query_pos,
                               const Memory& memory, AttentionHook* hook) const;

  Backbone backbone_;
  std::optional<LearnedPositions> learned_positions_;
  Conv2d input_proj_;
  std::vector<EncoderLayer> encoder_;
  std::vector<DecoderLayer> decoder_;
  std::optional<LayerNorm> encoder_norm_;  // pre-norm only
  LayerNorm decoder_norm_;
  at::Tensor query_embed_;  // [Q, C]
  Linear class_embed_;
  Mlp bbox_embed_;
};

}  // namespace saccade
