// Deformable DETR: single- and multi-scale, with iterative box refinement, with two stages.
#pragma once

#include <optional>
#include <vector>

#include "saccade/model/backbone.h"
#include "saccade/model/deformable_transformer.h"
#include "saccade/model/detector.h"
#include "saccade/model/position_embedding.h"
#include "saccade/model/two_stage.h"

namespace saccade {

class DeformableDetr : public Detector {
 public:
  explicit DeformableDetr(const ModelConfig& config);

  EncoderState encoder_start(const at::Tensor& pixels, const at::Tensor& mask,
                             EncoderProbe* probe) const override;
  Memory encode_from(const EncoderState& state, AttentionHook* hook,
                     EncoderProbe* probe) const override;
  DecoderState decoder_start(const Memory& memory, ModelOutput& output) const override;
  void decode_from(const Memory& memory, const DecoderState& state, AttentionHook* hook,
                   ModelOutput& output) const override;
  void keep_values(Memory& memory) const override;
  void visit(const TensorVisitor& visitor) override;

 private:
  struct InputProjection {
    Conv2d conv;
    GroupNorm norm;
  };
  struct Queries {
    at::Tensor target, positions;  // [N, Q, C]
    at::Tensor reference_points;   // [N, Q, 2 or 4]
  };

  std::vector<at::Tensor> projected_levels(const at::Tensor& pixels, EncoderProbe* probe) const;
  at::Tensor positions_of(const at::Tensor& mask) const;
  EncoderState flatten_levels(const std::vector<at::Tensor>& levels, const at::Tensor& mask) const;
  Queries learned_queries(std::int64_t batch) const;
  Queries proposed_queries(const Memory& memory, ModelOutput& output) const;
  at::Tensor box_of(int head, const at::Tensor& hidden, const at::Tensor& reference) const;
  void visit_heads(const std::string& prefix, bool classes, const TensorVisitor& visitor);
  int head_count() const { return config_.dec_layers + (config_.two_stage ? 1 : 0); }
  // Heads, [.., C] -> [.., K] and [.., 4] raw, in the type of their weights. Without refinement all layers
  // share head 0.
  at::Tensor class_head(int i, const at::Tensor& hidden) const;
  at::Tensor box_head(int i, const at::Tensor& hidden) const;

  Backbone backbone_;
  std::optional<LearnedPositions> learned_positions_;
  std::vector<InputProjection> input_proj_;
  at::Tensor level_embed_;  // [L, C]
  at::Tensor query_embed_;  // [Q, 2 C]; undefined with two stages
  std::vector<DeformableEncoderLayer> encoder_;
  std::vector<DeformableDecoderLayer> decoder_;
  Linear reference_points_;  // C -> 2; unused with two stages
  TwoStage two_stage_;
  std::vector<Linear> class_embed_;
  std::vector<Mlp> bbox_embed_;
};

}  // namespace saccade
