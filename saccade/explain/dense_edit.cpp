// Interventions on dense attention: a head's weights over its keys, none of which has a level or a point.
#include <ATen/ATen.h>

#include "saccade/explain/attention_edit.h"
#include "saccade/explain/call_edit.h"
#include "saccade/explain/patch_edit.h"
#include "saccade/explain/unit_masks.h"

namespace saccade {
namespace {

// [N, M, Q, K] as rows and entries, and back.
at::Tensor by_query(const at::Tensor& dense) { return dense.transpose(1, 2); }

class DenseEdit {
 public:
  DenseEdit(const PassImages& images, DenseAttentionCall& call)
      : images_(images), call_(call), w_(by_query(call.weights)) {}

  void operator()(const HeadsOff& off);
  void operator()(const WeightsChange& change) {
    if (concerns(change.unit, call_)) set(changed_weights(rows_and_keys(change.unit, {}), change));
  }
  void operator()(const QueriesOff& off) {
    if (call_.site == AttentionSite::kDecoderSelf && off.as_keys)
      set(without_entries(rows_and_keys({}, off.queries), /*renormalise=*/true));
  }
  void operator()(const MemoryRegion& region);
  void operator()(const Patch& patch) {
    if (!concerns(patch.unit, call_) || patch.part != PatchPart::kWeights) return;
    set(patched_rows(rows(patch.unit), by_query(donor_call(patch, call_, images_).weights), w_));
  }
  // The rest changes other things than this.
  void operator()(const EntriesOff&) {}
  void operator()(const OffsetsChange&) {}
  void operator()(const ReferenceChange&) {}
  void operator()(const BranchOff&) {}
  void operator()(const EarlyExit&) {}

 private:
  at::Tensor rows(const AttentionUnit& unit) const {
    return rows_of(unit, w_.size(1), w_.size(2), w_.device());
  }
  at::Tensor counted_queries() const {
    return counted(call_.site, images_, w_.size(0), w_.size(1), w_.device());
  }
  WeightsToEdit rows_and_keys(const AttentionUnit& unit, const IndexSet& keys) const {
    return {.weights = w_,
            .rows = rows(unit),
            .entries = members(keys, w_.size(3), w_.device()),
            .queries = counted_queries()};
  }
  void set(const at::Tensor& weights) { call_.weights = by_query(weights); }

  const PassImages& images_;
  DenseAttentionCall& call_;
  const at::Tensor w_;  // [N, Q, M, K]
};

// A head's output is linear in its weights: the mean output is that of the mean weights. A mean from a file has none.
void DenseEdit::operator()(const HeadsOff& off) {
  if (!concerns(off.unit, call_)) return;
  const bool is_of_queries = off.fill == HeadsOff::Fill::kMean && off.means == nullptr;
  const at::Tensor fill =
      is_of_queries ? mean_over_queries(w_, counted_queries()) : at::zeros({}, w_.options());
  set(at::where(rows(off.unit).unsqueeze(-1), fill, w_));
}

void DenseEdit::operator()(const MemoryRegion& region) {
  if (call_.site != AttentionSite::kDecoderCross) return;
  const at::Tensor cells = cells_inside(region, images_).unsqueeze(1).unsqueeze(1);  // [N, 1, 1, K]
  // A key's value of 0 and a weight of 0 that nobody takes over are the same.
  call_.weights = region.forbids ? call_.weights.masked_fill(cells, 0)
                                 : preferring(call_.weights, cells, region.logit_bias);
}

}  // namespace

void edit(const AttentionChange& change, const PassImages& images, DenseAttentionCall& call) {
  std::visit(DenseEdit(images, call), change);
}

}  // namespace saccade
