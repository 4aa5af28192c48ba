// What the attention of one image looked at: every sampling point, its weight and its reference,
// recorded while the detector runs. What is recorded is what was computed.
#pragma once

#include <ATen/core/Tensor.h>

#include <cstdint>
#include <optional>
#include <set>
#include <vector>

#include "saccade/core/levels.h"
#include "saccade/core/query_specific.h"
#include "saccade/model/attention_hook.h"

namespace saccade {

// One deformable attention module, seen by Q queries (decoder: all; encoder: the chosen tokens).
struct PointTrace {
  int layer = 0;
  at::Tensor reference_points;    // [Q, L, 2 or 4] fraction of the padded level
  at::Tensor sampling_locations;  // [Q, M, L, P, 2] fraction of the padded level
  at::Tensor attention_weights;   // [Q, M, L, P], sums to 1 over L * P
  at::Tensor mean_weights;        // [M, L, P] mean over all queries of the image, not only these Q
  QuerySpecific query_specific;   // of all heads
  std::vector<QuerySpecific> heads_specific;  // of each
  // Only where RecordOptions::keep_value says so:
  at::Tensor value;   // [S, M, D]
  at::Tensor output;  // [Q, M * D], what the operator returned for these queries
};

// One dense attention module (decoder self-attention; plain DETR: all three).
struct DenseTrace {
  int layer = 0;
  at::Tensor weights;  // [M, Q, K], rows sum to 1 (encoder: only the chosen tokens as Q)
};

// A place in the image; the encoder token that covers it is found once the pyramid is known.
struct ImagePlace {
  double x = 0;  // fraction of the image without padding, 0 to 1
  double y = 0;
  int level = 0;  // the level whose token is taken
};

struct RecordOptions {
  bool decoder_cross = true;
  bool decoder_self = false;
  std::optional<ImagePlace> encoder_place;  // record the encoder at this token
  bool keep_value = false;
};

struct Trace {
  std::vector<LevelShape> levels;
  at::Tensor valid_ratios;  // [L, 2] (w, h)
  std::int64_t encoder_token = -1;
  std::vector<PointTrace> encoder;        // one per layer; Q = 1
  std::vector<PointTrace> decoder;        // one per layer; Q = all queries
  std::vector<DenseTrace> encoder_dense;  // plain DETR; Q = 1
  std::vector<DenseTrace> decoder_dense;  // plain DETR's cross-attention
  std::vector<DenseTrace> decoder_self;

  // The layer of this number among those of one module; null where it was not recorded, as of a branch that an
  // intervention skips.
  template <typename LayerTrace>
  static const LayerTrace* find(const std::vector<LayerTrace>& layers, int number) {
    for (const LayerTrace& layer : layers)
      if (layer.layer == number) return &layer;
    return nullptr;
  }

  int level_count() const { return static_cast<int>(levels.size()); }
};

// The token of `place.level` that covers the place; places on the far border belong to the last cell.
// Throws UsageError when the level does not exist.
std::int64_t token_under(const ImagePlace& place, const std::vector<LevelShape>& levels,
                         const at::Tensor& valid_ratios);

// Records one image, on any device: give it to a forward pass over a batch of one, then take the trace.
class TraceRecorder : public AttentionHook {
 public:
  explicit TraceRecorder(RecordOptions options) : options_(options) {}

  void on_levels(const std::vector<LevelShape>& levels, const at::Tensor& valid_ratios) override;
  void on_deformable(DeformableAttentionCall& call) override;
  void on_deformable_output(const DeformableAttentionCall& call, at::Tensor& output) override;
  void on_dense(DenseAttentionCall& call) override;
  bool wants_dense(AttentionSite site, int layer) const override;

  // What was recorded, on the CPU. While the detector runs nothing is waited for, unless a token is chosen.
  const Trace& trace();

 private:
  bool wants(AttentionSite site) const;
  at::Tensor chosen(AttentionSite site, const at::Tensor& per_query) const;

  RecordOptions options_;
  Trace trace_;
  std::vector<at::Tensor> encoder_variation_,
      decoder_variation_;  // of each layer (query_variation.h)
};

// Sampling points in pixels of the original image, the frame of boxes and drawings:
// [Q, M, L, P, 2] locations -> location / valid ratio of the level * image size
// (visualization.md 2: undoes what the model did to its references).
at::Tensor points_in_pixels(const at::Tensor& sampling_locations, const at::Tensor& valid_ratios,
                            double image_width, double image_height);

// Scatters a quantity of each point, [M, L, P] at locations [M, L, P, 2], to the cells the points were read from, with the
// operator's bilinear footprint: one [H_l, W_l] map per level, summed over heads and points. What fell outside is missing.
std::vector<at::Tensor> scatter_points(const at::Tensor& sampling_locations,
                                       const at::Tensor& quantity,
                                       const std::vector<LevelShape>& levels);

// The same of the weights of one query, averaged over the heads (explain.md 4.1). The sum of the maps and the weight that
// fell outside them add up to the mean weight that went in.
std::vector<at::Tensor> scatter_to_cells(const at::Tensor& sampling_locations,
                                         const at::Tensor& attention_weights,
                                         const std::vector<LevelShape>& levels);

}  // namespace saccade
