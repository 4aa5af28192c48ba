// Which intervention changes which call of a forward pass.
#include "saccade/explain/intervener.h"

#include <ATen/ATen.h>

#include "saccade/explain/call_edit.h"
#include "saccade/explain/unit_masks.h"
#include "saccade/model/detector.h"

namespace saccade {
namespace {

// Every later layer answers as this one.
void leave_early(const EarlyExit& exit, ModelOutput& output) {
  const at::Tensor layers =
      at::arange(output.pred_logits.size(0), output.pred_logits.options().dtype(at::kLong))
          .clamp_max(exit.layer);
  output.pred_logits = output.pred_logits.index_select(0, layers);
  output.pred_boxes = output.pred_boxes.index_select(0, layers);
}

// Sigmoid and softmax make 0 of it in every type, and losses stay finite.
constexpr double kNever = -1000;

// No class: a sigmoid of 0, or all of the softmax for "no object", its last.
void silence(const QueriesOff& off, bool has_no_object, ModelOutput& output) {
  const at::Tensor queries =
      members(off.queries, output.pred_logits.size(2), output.pred_logits.device()).unsqueeze(-1);
  const at::Tensor nothing =
      at::full({output.pred_logits.size(3)}, kNever, output.pred_logits.options());
  if (has_no_object) nothing.select(0, -1).fill_(0);
  output.pred_logits = at::where(queries, nothing, output.pred_logits);
}

}  // namespace

void Intervener::on_images(const std::vector<OriginalSize>& images) {
  images_.sizes = images;
  if (next_ != nullptr) next_->on_images(images);
}

void Intervener::on_levels(const std::vector<LevelShape>& levels, const at::Tensor& valid_ratios) {
  images_.levels = levels;
  images_.valid_ratios = valid_ratios;
  if (next_ != nullptr) next_->on_levels(levels, valid_ratios);
}

void Intervener::on_deformable(DeformableAttentionCall& call) {
  for (const Intervention& intervention : interventions_) edit(intervention.change, images_, call);
  if (next_ != nullptr) next_->on_deformable(call);
}

void Intervener::on_deformable_output(const DeformableAttentionCall& call, at::Tensor& output) {
  for (const Intervention& intervention : interventions_)
    edit_output(intervention.change, images_, call, output);
  if (next_ != nullptr) next_->on_deformable_output(call, output);
}

void Intervener::on_dense(DenseAttentionCall& call) {
  for (const Intervention& intervention : interventions_) edit(intervention.change, images_, call);
  if (next_ != nullptr && next_->wants_dense(call.site, call.layer)) next_->on_dense(call);
}

void Intervener::on_dense_output(const DenseAttentionCall& call, at::Tensor& output) {
  for (const Intervention& intervention : interventions_)
    edit_output(intervention.change, images_, call, output);
  if (next_ != nullptr && next_->wants_dense(call.site, call.layer))
    next_->on_dense_output(call, output);
}

bool Intervener::wants_dense(AttentionSite site, int layer) const {
  for (const Intervention& intervention : interventions_) {
    const auto named = [&](const AttentionUnit& unit) {
      return unit.module == site && unit.layers.has(layer);
    };
    const auto& change = intervention.change;
    if (const auto* off = std::get_if<HeadsOff>(&change); off && named(off->unit)) return true;
    if (const auto* w = std::get_if<WeightsChange>(&change); w && named(w->unit)) return true;
    if (const auto* patch = std::get_if<Patch>(&change); patch && named(patch->unit)) return true;
    if (std::holds_alternative<MemoryRegion>(change) && site == AttentionSite::kDecoderCross)
      return true;
    const auto* const queries = std::get_if<QueriesOff>(&change);
    if (queries != nullptr && queries->as_keys && site == AttentionSite::kDecoderSelf) return true;
  }
  return next_ != nullptr && next_->wants_dense(site, layer);
}

bool Intervener::skips(Branch branch, int layer) const {
  for (const Intervention& intervention : interventions_) {
    const auto* const off = std::get_if<BranchOff>(&intervention.change);
    if (off != nullptr && off->has(branch, layer)) return true;
  }
  return next_ != nullptr && next_->skips(branch, layer);
}

void Intervener::on_output(ModelOutput& output) {
  const bool has_no_object = !output.init_reference.defined();  // plain DETR
  for (const Intervention& intervention : interventions_) {
    if (const auto* exit = std::get_if<EarlyExit>(&intervention.change)) leave_early(*exit, output);
    const auto* const off = std::get_if<QueriesOff>(&intervention.change);
    if (off != nullptr && off->from_output) silence(*off, has_no_object, output);
  }
  if (next_ != nullptr) next_->on_output(output);
}

}  // namespace saccade
