// Records what patches copy, while another image or another model runs.
#pragma once

#include <memory>
#include <vector>

#include "saccade/explain/donor_run.h"
#include "saccade/explain/intervention.h"

namespace saccade {

class DonorRecorder : public AttentionHook {
 public:
  // `run` is begun anew with every forward pass and gets what one of the patches copies.
  DonorRecorder(std::vector<Patch> patches, DonorRun& run)
      : patches_(std::move(patches)), run_(run) {}

  void on_levels(const std::vector<LevelShape>& levels, const at::Tensor& valid_ratios) override;
  void on_deformable(DeformableAttentionCall& call) override;
  void on_deformable_output(const DeformableAttentionCall& call, at::Tensor& output) override;
  void on_dense(DenseAttentionCall& call) override;
  void on_dense_output(const DenseAttentionCall& call, at::Tensor& output) override;
  bool wants_dense(AttentionSite site, int layer) const override;

 private:
  bool wants(PatchPart part, AttentionSite site, int layer) const;
  DonorCall& of(AttentionSite site, int layer) { return run_.calls[{site, layer}]; }

  const std::vector<Patch> patches_;
  DonorRun& run_;
};

}  // namespace saccade
