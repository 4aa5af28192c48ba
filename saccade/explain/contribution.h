// What each sampling point of a deformable attention call gives to the attention's output.
#pragma once

#include <ATen/core/Tensor.h>

#include <cstdint>
#include <vector>

#include "saccade/core/levels.h"
#include "saccade/explain/intervention.h"
#include "saccade/model/attention_hook.h"
#include "saccade/model/detector.h"

namespace saccade {

// The points of some queries of one call and what stood there, float64 on the CPU.
struct SampledPoints {
  int layer = 0;
  at::Tensor sampling_locations;  // [Q, M, L, P, 2] fraction of the padded level
  at::Tensor attention_weights;   // [Q, M, L, P]
  at::Tensor sampled;             // [Q, M, L, P, D] the value at each point, zeros outside
};

// Whether these interventions put something else in the place of what a head gives for a query (token): what it read counts
// for nothing then.
bool replaces_head(const std::vector<Intervention>& interventions, AttentionSite site, int layer,
                   std::int64_t query, std::int64_t head);

// Reads the values under the points of a few queries (decoder) or tokens (encoder) of one image while the detector runs,
// on any device. Kept are these queries alone, 8 * M * L * P * (D + 3) bytes each and layer: 36 KB for R50.
class PointSampler : public AttentionHook {
 public:
  // Without layers: all. `probes`: the operator's outputs get an addend of zeros that takes a gradient, for a pass with a
  // graph; gradient() is then what reached them.
  PointSampler(AttentionSite site, std::vector<std::int64_t> queries, std::vector<int> layers = {},
               bool probes = false)
      : site_(site), queries_(std::move(queries)), layers_(std::move(layers)), probes_(probes) {}

  void on_levels(const std::vector<LevelShape>& levels, const at::Tensor& valid_ratios) override;
  void on_deformable(DeformableAttentionCall& call) override;
  void on_deformable_output(const DeformableAttentionCall& call, at::Tensor& output) override;

  // Once the detector has run: the weights of heads that are replaced (replaces_head) are 0.
  void leave_out_replaced_heads(const std::vector<Intervention>& interventions);

  const std::vector<SampledPoints>& layers() const { return sampled_; }
  const std::vector<LevelShape>& levels() const { return levels_; }
  // Of the i-th of layers(), [Q, M * D] float64 on the CPU: the gradient at what the operator returned, W_out^T g where g is
  // that at the attention's output. Zeros where none arrived.
  at::Tensor gradient(std::size_t i) const;

 private:
  bool wants(const DeformableAttentionCall& call) const;

  AttentionSite site_;
  std::vector<std::int64_t> queries_;
  std::vector<int> layers_;
  bool probes_;
  std::vector<LevelShape> levels_;
  std::vector<SampledPoints> sampled_;
  std::vector<at::Tensor> addends_;  // [1, all queries, M * D]
};

// The output projection of a deformable attention, [C, M * D]; bias not included. Throws Error for a layer it lacks.
at::Tensor output_projection(Detector& detector, AttentionSite site, int layer);

// The vector each point adds to the attention's output, A * W_out^m v_m(p): [Q, M, L, P, C] of points and their projection.
// Summed over heads, levels and points they are that output without its bias.
at::Tensor contribution_vectors(const SampledPoints& points, const at::Tensor& projection);

// Their lengths, [Q, M, L, P], a query at a time. Unlike weights they can be compared between heads.
// Source: the norm-based analysis of Kobayashi et al., "Attention is Not Only a Weight", arXiv 2004.10102, for points.
at::Tensor contribution_norms(const SampledPoints& points, const at::Tensor& projection);

// Their part along a gradient, A * (W_out^m v_m(p)) . g, [Q, M, L, P] of W_out^T g [Q, M * D] (PointSampler::gradient). They
// add up to (output - bias) . g: to first order what the target would lose without this attention.
at::Tensor directed_contributions(const SampledPoints& points, const at::Tensor& head_gradient);

}  // namespace saccade
