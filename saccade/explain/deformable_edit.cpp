// Interventions on deformable attention.
#include <ATen/ATen.h>

#include "saccade/explain/attention_edit.h"
#include "saccade/explain/call_edit.h"
#include "saccade/explain/patch_edit.h"
#include "saccade/explain/unit_masks.h"

namespace saccade {
namespace {

class DeformableEdit {
 public:
  DeformableEdit(const PassImages& images, DeformableAttentionCall& call)
      : images_(images), call_(call) {}

  void operator()(const EntriesOff& off) {
    if (concerns(off.unit, call_))
      set_weights(without_entries(rows_and(off.unit), off.renormalise));
  }
  void operator()(const WeightsChange& change) {
    if (concerns(change.unit, call_)) set_weights(changed_weights(rows_and(change.unit), change));
  }
  void operator()(const OffsetsChange& change) {
    if (concerns(change.unit, call_))
      set_places(change.unit, changed_locations(call_, change, images_));
  }
  void operator()(const ReferenceChange& change);
  void operator()(const MemoryRegion& region);
  void operator()(const Patch& patch);
  // The rest changes other things than this.
  void operator()(const HeadsOff&) {}
  void operator()(const BranchOff&) {}
  void operator()(const QueriesOff&) {}
  void operator()(const EarlyExit&) {}

 private:
  WeightsToEdit rows_and(const AttentionUnit& unit) const {
    const at::Tensor& w = call_.attention_weights;
    return {.weights = w.flatten(3),
            .rows = rows_of(unit, w.size(1), w.size(2), w.device()),
            .entries = entries_of(unit, w).flatten(),
            .queries = counted(call_.site, images_, w.size(0), w.size(1), w.device())};
  }
  void set_weights(const at::Tensor& flat) {
    call_.attention_weights = flat.view(call_.attention_weights.sizes());
  }
  void set_places(const AttentionUnit& unit, const at::Tensor& locations) {
    call_.sampling_locations =
        at::where(places_of(unit, call_.attention_weights), locations, call_.sampling_locations);
  }

  const PassImages& images_;
  DeformableAttentionCall& call_;
};

// What comes after it, offsets and who watches, sees the new reference.
void DeformableEdit::operator()(const ReferenceChange& change) {
  if (!concerns(change.unit, call_)) return;
  const at::Tensor references = changed_references(call_, change, images_);
  set_places(change.unit, changed_locations(call_, change, images_));
  const at::Tensor queries =
      members(change.unit.queries, references.size(1), references.device()).view({1, -1, 1, 1});
  call_.reference_points = at::where(queries, references, call_.reference_points);
}

void DeformableEdit::operator()(const MemoryRegion& region) {
  if (call_.site != AttentionSite::kDecoderCross) return;
  if (region.forbids) {
    const at::Tensor cells = cells_inside(region, images_);
    call_.value = call_.value.masked_fill(cells.unsqueeze(-1).unsqueeze(-1), 0);
    return;
  }
  const at::Tensor& ratios = images_.valid_ratios;
  const at::Tensor places =
      call_.sampling_locations / ratios.view({ratios.size(0), 1, 1, -1, 1, 2});
  std::vector<at::Tensor> within;
  for (std::size_t n = 0; n < images_.sizes.size(); ++n) {
    const at::Tensor of_image = places[static_cast<std::int64_t>(n)];
    within.push_back(inside(region.polygon, of_image.select(-1, 0) * images_.sizes[n].width,
                            of_image.select(-1, 1) * images_.sizes[n].height));
  }
  set_weights(preferring(call_.attention_weights.flatten(3), at::stack(within).flatten(3),
                         region.logit_bias));
}

void DeformableEdit::operator()(const Patch& patch) {
  if (!concerns(patch.unit, call_) || patch.part == PatchPart::kHeads) return;
  const DonorCall& donor = donor_call(patch, call_, images_);
  if (patch.part == PatchPart::kOffsets)
    return set_places(patch.unit, patched_locations(call_, donor));
  const at::Tensor& w = call_.attention_weights;
  set_weights(patched_rows(rows_of(patch.unit, w.size(1), w.size(2), w.device()),
                           donor.weights.flatten(3), w.flatten(3)));
}

}  // namespace

void edit(const AttentionChange& change, const PassImages& images, DeformableAttentionCall& call) {
  std::visit(DeformableEdit(images, call), change);
}

}  // namespace saccade
