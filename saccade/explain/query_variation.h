// How attention varies from query to query: what their mean, the template, explains of it.
#pragma once

#include <ATen/core/Tensor.h>

#include <cstdint>
#include <map>
#include <vector>

#include "saccade/core/query_specific.h"
#include "saccade/explain/pass_images.h"
#include "saccade/model/attention_hook.h"
#include "saccade/model/model_config.h"

namespace saccade {

// Centres [N, Q, 1, L, 1, 2] of a call's references [N, Q, L, 2 or 4].
at::Tensor centres_of(const at::Tensor& reference_points);
// Offsets [N, Q, M, L, P, 2] of a call's samples from their reference points: in cells of the level around points, in
// widths and heights of the box around boxes (0 where it has none). In this frame the learned bias is the same for all.
at::Tensor template_offsets(const DeformableAttentionCall& call);
// Where samples with such offsets lie, [N, Q, M, L, P, 2].
at::Tensor at_template_offsets(const DeformableAttentionCall& call, const at::Tensor& offsets);

// Sums of squares over the queries that count (`queries` [N, Q] bool) of each image around its own mean, float64
// [2, 2, M]: of weights around uniform and of offsets around the reference point; in all, and what the mean explains.
// Of dense attention, weights [N, M, Q, K], the second is 0.
at::Tensor variation_of(const DeformableAttentionCall& call, const at::Tensor& queries);
at::Tensor variation_of(const DenseAttentionCall& call, const at::Tensor& queries);

// Of all heads together, and of each head. `variation` is on the CPU. Weights that do not vary have no part of their own: 0.
QuerySpecific query_specific_of(const at::Tensor& variation);
std::vector<QuerySpecific> query_specific_of_heads(const at::Tensor& variation);

// Sums variations up while a detector runs over a data set: give it to every forward pass as its hook.
class VariationRecorder : public AttentionHook {
 public:
  explicit VariationRecorder(const ModelConfig& config);

  void on_levels(const std::vector<LevelShape>& levels, const at::Tensor& valid_ratios) override;
  void on_deformable(DeformableAttentionCall& call) override;
  void on_dense(DenseAttentionCall& call) override;
  bool wants_dense(AttentionSite, int) const override { return true; }

  // Of this process, the same length in each: they add up over processes.
  std::vector<double> sums() const;
  // From the sum of all processes' sums: [layers, 2, 2, M] of each module.
  std::map<AttentionSite, at::Tensor> variations_of(const std::vector<double>& sums) const;

 private:
  at::Tensor queries_of(AttentionSite site, const at::Tensor& like, std::int64_t queries) const;

  PassImages images_;
  std::map<AttentionSite, at::Tensor> sums_;  // [layers, 2, 2, M] float64, on the CPU
};

}  // namespace saccade
