// Interventions at work: give it to a forward pass as its hook.
#pragma once

#include <ATen/core/Tensor.h>

#include <vector>

#include "saccade/explain/intervention.h"
#include "saccade/model/attention_hook.h"

namespace saccade {

// Changes what attention does, in the order of the interventions; then `next`, which may watch, sees what is used. The interventions
// fit the model (check_interventions). One for one forward pass at a time, on any device; batches may hold several
// images. on_images() is needed before the pass where an intervention speaks of pixels: regions and references.
class Intervener : public AttentionHook {
 public:
  explicit Intervener(const std::vector<Intervention>& interventions, AttentionHook* next = nullptr)
      : interventions_(interventions), next_(next) {}

  void on_images(const std::vector<OriginalSize>& images) override;
  void on_levels(const std::vector<LevelShape>& levels, const at::Tensor& valid_ratios) override;
  void on_deformable(DeformableAttentionCall& call) override;
  void on_deformable_output(const DeformableAttentionCall& call, at::Tensor& output) override;
  void on_dense(DenseAttentionCall& call) override;
  bool wants_dense(AttentionSite site, int layer) const override;
  bool skips(Branch branch, int layer) const override;
  void on_output(ModelOutput& output) override;

 private:
  void edit(const EntriesOff& off, DeformableAttentionCall& call) const;
  void edit(const WeightsChange& change, DeformableAttentionCall& call) const;
  void edit(const OffsetsChange& change, DeformableAttentionCall& call) const;
  void edit(const ReferenceChange& change, DeformableAttentionCall& call) const;
  void edit(const MemoryRegion& region, DeformableAttentionCall& call) const;
  void edit(const HeadsOff& off, DenseAttentionCall& call) const;
  void edit(const WeightsChange& change, DenseAttentionCall& call) const;
  void edit(const QueriesOff& off, DenseAttentionCall& call) const;
  void edit(const MemoryRegion& region, DenseAttentionCall& call) const;
  // The rest changes other things than this call.
  template <typename Change, typename Call>
  void edit(const Change&, Call&) const {}

  // [N, Q] bool: queries that a mean goes over.
  at::Tensor counted(AttentionSite site, std::int64_t batch, std::int64_t queries,
                     at::Device device) const;
  at::Tensor cells_inside(const MemoryRegion& region) const;  // [N, S] bool

  const std::vector<Intervention>& interventions_;
  AttentionHook* const next_;
  std::vector<OriginalSize> images_;
  std::vector<LevelShape> levels_;
  at::Tensor valid_ratios_;  // [N, L, 2]
};

}  // namespace saccade
