// One encoder token: what it reads, which tokens read it, and where what it knows came from.
#pragma once

#include <ATen/core/Tensor.h>

#include <vector>

#include "saccade/explain/flow.h"
#include "saccade/explain/trace.h"
#include "saccade/model/model_config.h"
#include "saccade/server/open_image.h"

namespace saccade {

class TokenReaders : public AttentionHook {
 public:
  // In a layer that an intervention skips no token reads another.
  TokenReaders(const ImagePlace& place, const ModelConfig& config)
      : level_(place.level),
        sizes_{config.nheads, config.num_feature_levels, config.enc_n_points},
        recorder_({.decoder_cross = false, .encoder_place = place}),
        readers_(static_cast<std::size_t>(config.enc_layers)) {}

  void on_levels(const std::vector<LevelShape>& levels, const at::Tensor& valid_ratios) override;
  void on_deformable(DeformableAttentionCall& call) override;

  // After the encoder ran over an image of this size, pixels.
  TokenView view(double width, double height);

 private:
  const int level_;
  const std::vector<std::int64_t> sizes_;  // M, L, P
  TraceRecorder recorder_;
  std::vector<at::Tensor>
      readers_;  // of each layer [S]: the weight with which each token reads this one
};

// Over the encoder layers 0 to `layer`.
class TokenFlow : public AttentionHook {
 public:
  TokenFlow(const ImagePlace& place, int layer);

  void on_levels(const std::vector<LevelShape>& levels, const at::Tensor& valid_ratios) override;
  void on_deformable(DeformableAttentionCall& call) override;

  // After the encoder ran over an image of this size, pixels.
  FlowView view(double width, double height);

 private:
  const ImagePlace place_;
  FlowRecorder recorder_;
  at::Tensor valid_ratios_;
};

// The weight with which each of S tokens reads the cell (column, row) of a level: sum over its points of weight times the
// bilinear share of the cell, mean over heads. locations [S, M, P, 2] and weights [S, M, P] of that level alone.
at::Tensor weight_on_cell(const at::Tensor& locations, const at::Tensor& weights,
                          const LevelShape& level, std::int64_t column, std::int64_t row);

}  // namespace saccade
