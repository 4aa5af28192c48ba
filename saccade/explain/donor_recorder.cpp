// Records what patches copy.
#include "saccade/explain/donor_recorder.h"

#include <ATen/ATen.h>

#include <algorithm>

namespace saccade {

bool DonorRecorder::wants(PatchPart part, AttentionSite site, int layer) const {
  return std::any_of(patches_.begin(), patches_.end(), [&](const Patch& patch) {
    return patch.part == part && patch.unit.module == site && patch.unit.layers.has(layer);
  });
}

void DonorRecorder::on_levels(const std::vector<LevelShape>& levels,
                              const at::Tensor& /*valid_ratios*/) {
  run_.levels = levels;
  run_.calls.clear();
}

void DonorRecorder::on_deformable(DeformableAttentionCall& call) {
  if (wants(PatchPart::kWeights, call.site, call.layer))
    of(call.site, call.layer).weights = call.attention_weights;
  if (!wants(PatchPart::kOffsets, call.site, call.layer)) return;
  DonorCall& donor = of(call.site, call.layer);
  donor.sampling_locations = call.sampling_locations;
  donor.reference_points = call.reference_points;
  donor.level_sizes = call.level_sizes;
}

void DonorRecorder::on_deformable_output(const DeformableAttentionCall& call, at::Tensor& output) {
  if (wants(PatchPart::kHeads, call.site, call.layer)) of(call.site, call.layer).output = output;
}

void DonorRecorder::on_dense(DenseAttentionCall& call) {
  if (wants(PatchPart::kWeights, call.site, call.layer))
    of(call.site, call.layer).weights = call.weights;
}

void DonorRecorder::on_dense_output(const DenseAttentionCall& call, at::Tensor& output) {
  if (wants(PatchPart::kHeads, call.site, call.layer)) of(call.site, call.layer).output = output;
}

bool DonorRecorder::wants_dense(AttentionSite site, int layer) const {
  return wants(PatchPart::kWeights, site, layer) || wants(PatchPart::kHeads, site, layer);
}

}  // namespace saccade
