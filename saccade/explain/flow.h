// Attention flow: what an encoder token read over several layers, an approximation.
#pragma once

#include <ATen/core/Tensor.h>

#include <cstdint>
#include <vector>

#include "saccade/explain/trace.h"

namespace saccade {

// One encoder layer as a sparse matrix: every token's points and weights.
struct TokenReads {
  int layer = 0;
  at::Tensor sampling_locations;  // [S, M, L, P, 2]
  at::Tensor attention_weights;   // [S, M, L, P]
};

// Records every token of the chosen encoder layers (about 9 KB a token and layer), on any device.
class FlowRecorder : public AttentionHook {
 public:
  explicit FlowRecorder(std::vector<int> layers) : layers_(std::move(layers)) {}

  void on_levels(const std::vector<LevelShape>& levels, const at::Tensor& valid_ratios) override;
  void on_deformable(DeformableAttentionCall& call) override;

  // What was recorded, on the CPU. While the detector runs nothing is waited for.
  const std::vector<TokenReads>& reads();
  const std::vector<LevelShape>& levels() const { return level_shapes_; }

 private:
  std::vector<int> layers_;
  std::vector<TokenReads> reads_;
  std::vector<LevelShape> level_shapes_;
};

// Where `token`'s information came from: from the last layer back to the first, half of every
// token's share stays with it (the residual branch) and half goes to the cells it read, with the
// operator's bilinear footprint, mean of the heads (visualization.md 7). One [H_l, W_l] map per
// level; their sum falls short of 1 by what was read outside the image.
std::vector<at::Tensor> roll_out(const std::vector<TokenReads>& reads, std::int64_t token,
                                 const std::vector<LevelShape>& levels);
// The same from shares of all tokens, [S] as the levels lie one after another.
std::vector<at::Tensor> roll_out(const std::vector<TokenReads>& reads, std::vector<double> share,
                                 const std::vector<LevelShape>& levels);

}  // namespace saccade
