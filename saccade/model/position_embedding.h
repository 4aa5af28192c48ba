// Where a cell lies, as features: sine embeddings of both families, and learned ones.
#pragma once

#include <ATen/core/Tensor.h>

#include "saccade/model/layers.h"

namespace saccade {

// Sine embedding of a padding mask [N, h, w] (true = padding) -> float32 [N, 2 * features, h, w]:
// the first half from y, the second from x; sine and cosine interleaved (model.md 3).
struct SinePositions {
  std::int64_t features = 128;   // per axis
  double half_cell_shift = 0.5;  // Deformable DETR; plain DETR shifts by 0
  bool normalise = true;         // to 2 pi over the part that is no padding
  at::Tensor operator()(const at::Tensor& mask) const;

 private:
  at::Tensor waves(at::Tensor places, const at::Tensor& last) const;
  at::Tensor of_full_map(const at::Tensor& mask) const;
};

// Two learned tables of 50 entries; the first half of the channels from the column, the second from
// the row. The mask's values are ignored. Throws Error for maps over 50 cells.
struct LearnedPositions {
  at::Tensor row_embed, col_embed;  // [50, features]

  LearnedPositions() = default;
  explicit LearnedPositions(std::int64_t features);
  at::Tensor operator()(const at::Tensor& mask) const;
  void visit(const std::string& prefix, const TensorVisitor& visitor);
};

// The padding mask [N, H, W] brought to a map's size with nearest neighbour, as the official code.
at::Tensor resize_mask(const at::Tensor& mask, std::int64_t height, std::int64_t width);

// Sine features of proposals: [N, Q, 4] unactivated boxes -> [N, Q, 512] (model.md 5.6, step 7).
at::Tensor proposal_positions(const at::Tensor& boxes_unactivated);

}  // namespace saccade
