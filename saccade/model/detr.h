// Plain DETR: dense attention over the last map of the backbone (model.md 6), and the minimal one of its notebook (6.1).
#pragma once

#include <optional>
#include <vector>

#include "saccade/model/backbone.h"
#include "saccade/model/detector.h"
#include "saccade/model/multihead_attention.h"
#include "saccade/model/position_embedding.h"

namespace saccade {

// What the "DETR demo" notebook leaves out: positions are learned and added once, before the encoder, to a tenth of the
// features; queries are the decoder's first content; one linear layer makes boxes; both stacks end in a norm. Tensors
// have the names that the notebook gives them.
enum class DetrForm { kOfficial, kNotebook };

class Detr : public Detector {
 public:
  explicit Detr(const ModelConfig& config, DetrForm form = DetrForm::kOfficial);

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

  bool is_notebook() const { return form_ == DetrForm::kNotebook; }
  at::Tensor boxes_of(const at::Tensor& hidden) const;  // [.., 4] before the sigmoid
  void visit_ends(const TensorVisitor& visitor);

  const DetrForm form_;
  Backbone backbone_;
  std::optional<LearnedPositions> learned_positions_;
  Conv2d input_proj_;
  std::vector<EncoderLayer> encoder_;
  std::vector<DecoderLayer> decoder_;
  std::optional<LayerNorm> encoder_norm_;  // pre-norm, and the notebook's
  LayerNorm decoder_norm_;
  at::Tensor query_embed_;  // [Q, C]
  Linear class_embed_;
  Mlp bbox_embed_;
  std::optional<Linear> linear_bbox_;  // in its place: the notebook's
};

// The notebook's DETR with room for its weights; it is read and looked at, neither trained nor exported. `config` is a plain
// DETR's with learned positions. Throws Error (check()).
std::unique_ptr<Detector> make_notebook_detr(const ModelConfig& config);

}  // namespace saccade
