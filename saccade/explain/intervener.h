// Interventions at work: give it to a forward pass as its hook.
#pragma once

#include <ATen/core/Tensor.h>

#include <vector>

#include "saccade/explain/intervention.h"
#include "saccade/explain/pass_images.h"
#include "saccade/model/attention_hook.h"

namespace saccade {

// Changes what attention does, in the order of the interventions; then `next`, which may watch, sees what is used. The interventions
// fit the model (check_interventions). One for one forward pass at a time, on any device; batches may hold several
// images. Before a pass, what patches copy is run (donors.h), and on_images() says the sizes where an intervention speaks of
// pixels: regions, references and explicit points.
class Intervener : public AttentionHook {
 public:
  explicit Intervener(const std::vector<Intervention>& interventions, AttentionHook* next = nullptr)
      : interventions_(interventions), next_(next) {}

  void on_images(const std::vector<OriginalSize>& images) override;
  void on_levels(const std::vector<LevelShape>& levels, const at::Tensor& valid_ratios) override;
  void on_deformable(DeformableAttentionCall& call) override;
  void on_deformable_output(const DeformableAttentionCall& call, at::Tensor& output) override;
  void on_dense(DenseAttentionCall& call) override;
  void on_dense_output(const DenseAttentionCall& call, at::Tensor& output) override;
  bool wants_dense(AttentionSite site, int layer) const override;
  bool skips(Branch branch, int layer) const override;
  void on_output(ModelOutput& output) override;

 private:
  const std::vector<Intervention>& interventions_;
  AttentionHook* const next_;
  PassImages images_;
};

}  // namespace saccade
