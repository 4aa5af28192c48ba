// A batch of variants of one image: each part of the batch has its own interventions.
#pragma once

#include <vector>

#include "saccade/explain/intervener.h"
#include "saccade/explain/intervention.h"

namespace saccade {

// Calls have N = number of variants over a value of one; none of the variants may change the value or leave out a branch
// (Reach::alone).
class VariantsHook : public AttentionHook {
 public:
  VariantsHook(std::vector<const std::vector<Intervention>*> variants,
               const OriginalSize& original);

  void on_levels(const std::vector<LevelShape>& levels, const at::Tensor& valid_ratios) override;
  void on_deformable(DeformableAttentionCall& call) override;
  void on_deformable_output(const DeformableAttentionCall& call, at::Tensor& output) override;
  void on_dense(DenseAttentionCall& call) override;
  void on_dense_output(const DenseAttentionCall& call, at::Tensor& output) override;
  bool wants_dense(AttentionSite site, int layer) const override;

 private:
  // Those whose interventions have a part in this call.
  std::vector<std::int64_t> touched(AttentionSite site, int layer) const;

  std::vector<const std::vector<Intervention>*> variants_;
  std::vector<Intervener> interveners_;
};

}  // namespace saccade
