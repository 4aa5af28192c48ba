// Which intervention changes which call of a forward pass.
#include "saccade/explain/intervener.h"

#include <ATen/ATen.h>

#include <limits>

#include "saccade/core/error.h"
#include "saccade/explain/attention_edit.h"
#include "saccade/model/detector.h"

namespace saccade {
namespace {

template <typename Call>
bool concerns(const AttentionUnit& unit, const Call& call) {
  return unit.module == call.site && unit.layers.has(call.layer);
}

// [Q, M] bool: the heads of the queries that a unit names.
at::Tensor rows_of(const AttentionUnit& unit, std::int64_t queries, std::int64_t heads,
                   at::Device device) {
  return members(unit.queries, queries, device)
      .unsqueeze(1)
      .logical_and(members(unit.heads, heads, device).unsqueeze(0));
}

// [L, P] bool.
at::Tensor entries_of(const AttentionUnit& unit, const at::Tensor& weights) {
  return members(unit.levels, weights.size(3), weights.device())
      .unsqueeze(1)
      .logical_and(members(unit.points, weights.size(4), weights.device()).unsqueeze(0));
}

// [Q, M, L, P, 1] bool: the locations that a unit names.
at::Tensor places_of(const AttentionUnit& unit, const at::Tensor& weights) {
  return rows_of(unit, weights.size(1), weights.size(2), weights.device())
      .unsqueeze(-1)
      .unsqueeze(-1)
      .logical_and(entries_of(unit, weights))
      .unsqueeze(-1);
}

// w * exp(bias) where wanted, summing to what they summed to.
at::Tensor preferring(const at::Tensor& weights, const at::Tensor& wanted, double bias) {
  const at::Tensor more = at::where(wanted, weights * std::exp(bias), weights);
  return more * (weights.sum(-1, true) / more.sum(-1, true)).nan_to_num(0, 0, 0);
}

// Which columns a dense call has: keys, none of which has a level or a point.
at::Tensor all_of(std::int64_t size, at::Device device) {
  return at::ones({size}, at::TensorOptions(device).dtype(at::kBool));
}

// [N, M, Q, K] as rows and entries, and back.
at::Tensor by_query(const at::Tensor& dense) { return dense.transpose(1, 2); }

}  // namespace

void Intervener::on_images(const std::vector<OriginalSize>& images) {
  images_ = images;
  if (next_ != nullptr) next_->on_images(images);
}

void Intervener::on_levels(const std::vector<LevelShape>& levels, const at::Tensor& valid_ratios) {
  levels_ = levels;
  valid_ratios_ = valid_ratios;
  if (next_ != nullptr) next_->on_levels(levels, valid_ratios);
}

at::Tensor Intervener::counted(AttentionSite site, std::int64_t batch, std::int64_t queries,
                               at::Device device) const {
  if (site == AttentionSite::kEncoderSelf) return real_tokens(levels_, valid_ratios_);
  return at::ones({batch, queries}, at::TensorOptions(device).dtype(at::kBool));
}

// ---- deformable attention ----

void Intervener::on_deformable(DeformableAttentionCall& call) {
  for (const Intervention& intervention : interventions_)
    std::visit([&](const auto& change) { edit(change, call); }, intervention.change);
  if (next_ != nullptr) next_->on_deformable(call);
}

void Intervener::edit(const EntriesOff& off, DeformableAttentionCall& call) const {
  if (!concerns(off.unit, call)) return;
  at::Tensor& w = call.attention_weights;
  w = without_entries({.weights = w.flatten(3),
                       .rows = rows_of(off.unit, w.size(1), w.size(2), w.device()),
                       .entries = entries_of(off.unit, w).flatten(),
                       .queries = {}},
                      off.renormalise)
          .view(w.sizes());
}

void Intervener::edit(const WeightsChange& change, DeformableAttentionCall& call) const {
  if (!concerns(change.unit, call)) return;
  at::Tensor& w = call.attention_weights;
  w = changed_weights({.weights = w.flatten(3),
                       .rows = rows_of(change.unit, w.size(1), w.size(2), w.device()),
                       .entries = entries_of(change.unit, w).flatten(),
                       .queries = counted(call.site, w.size(0), w.size(1), w.device())},
                      change)
          .view(w.sizes());
}

void Intervener::edit(const OffsetsChange& change, DeformableAttentionCall& call) const {
  if (!concerns(change.unit, call)) return;
  call.sampling_locations = at::where(places_of(change.unit, call.attention_weights),
                                      changed_locations(call, change), call.sampling_locations);
}

void Intervener::edit(const ReferenceChange& change, DeformableAttentionCall& call) const {
  if (!concerns(change.unit, call)) return;
  call.sampling_locations =
      at::where(places_of(change.unit, call.attention_weights),
                changed_locations(call, change, images_, valid_ratios_), call.sampling_locations);
}

// In the frame of the picture: cells' centres and samples are fractions of padded levels.
at::Tensor Intervener::cells_inside(const MemoryRegion& region) const {
  std::vector<at::Tensor> images;
  for (std::size_t n = 0; n < images_.size(); ++n) {
    std::vector<at::Tensor> cells;
    for (std::size_t l = 0; l < levels_.size(); ++l) {
      const at::Tensor ratio =
          valid_ratios_[static_cast<std::int64_t>(n)][static_cast<std::int64_t>(l)];
      const auto centres = [&](std::int64_t count, std::int64_t axis, double pixels) {
        return (at::arange(count, ratio.options()) + 0.5) /
               (ratio.select(0, axis) * static_cast<double>(count)) * pixels;
      };
      const auto grid = at::meshgrid({centres(levels_[l].height, 1, images_[n].height),
                                      centres(levels_[l].width, 0, images_[n].width)},
                                     "ij");
      cells.push_back(inside(region.polygon, grid[1], grid[0]).flatten());
    }
    images.push_back(at::cat(cells));
  }
  return at::stack(images);
}

void Intervener::edit(const MemoryRegion& region, DeformableAttentionCall& call) const {
  if (call.site != AttentionSite::kDecoderCross) return;
  if (region.forbids) {
    call.value = call.value.masked_fill(cells_inside(region).unsqueeze(-1).unsqueeze(-1), 0);
    return;
  }
  const at::Tensor places =
      call.sampling_locations / valid_ratios_.view({valid_ratios_.size(0), 1, 1, -1, 1, 2});
  std::vector<at::Tensor> within;
  for (std::size_t n = 0; n < images_.size(); ++n) {
    const at::Tensor of_image = places[static_cast<std::int64_t>(n)];
    within.push_back(inside(region.polygon, of_image.select(-1, 0) * images_[n].width,
                            of_image.select(-1, 1) * images_[n].height));
  }
  at::Tensor& w = call.attention_weights;
  w = preferring(w.flatten(3), at::stack(within).flatten(3), region.logit_bias).view(w.sizes());
}

void Intervener::on_deformable_output(const DeformableAttentionCall& call, at::Tensor& output) {
  const auto heads = call.value.size(2);
  for (const Intervention& intervention : interventions_) {
    const auto* const off = std::get_if<HeadsOff>(&intervention.change);
    if (off == nullptr || !concerns(off->unit, call)) continue;
    const at::Tensor by_head = output.view({output.size(0), output.size(1), heads, -1});
    const at::Tensor rows = rows_of(off->unit, output.size(1), heads, output.device());
    const at::Tensor fill =
        off->fill == HeadsOff::Fill::kZero
            ? at::zeros({}, output.options())
            : mean_over_queries(
                  by_head, counted(call.site, output.size(0), output.size(1), output.device()));
    output = at::where(rows.unsqueeze(-1), fill, by_head).view(output.sizes());
  }
  if (next_ != nullptr) next_->on_deformable_output(call, output);
}

// ---- dense attention ----

void Intervener::on_dense(DenseAttentionCall& call) {
  for (const Intervention& intervention : interventions_)
    std::visit([&](const auto& change) { edit(change, call); }, intervention.change);
  if (next_ != nullptr && next_->wants_dense(call.site, call.layer)) next_->on_dense(call);
}

// A head's output is linear in its weights: the mean output is that of the mean weights.
void Intervener::edit(const HeadsOff& off, DenseAttentionCall& call) const {
  if (!concerns(off.unit, call)) return;
  const at::Tensor w = by_query(call.weights);
  const at::Tensor fill =
      off.fill == HeadsOff::Fill::kZero
          ? at::zeros({}, w.options())
          : mean_over_queries(w, counted(call.site, w.size(0), w.size(1), w.device()));
  const at::Tensor rows = rows_of(off.unit, w.size(1), w.size(2), w.device());
  call.weights = by_query(at::where(rows.unsqueeze(-1), fill, w));
}

void Intervener::edit(const WeightsChange& change, DenseAttentionCall& call) const {
  if (!concerns(change.unit, call)) return;
  const at::Tensor w = by_query(call.weights);
  call.weights =
      by_query(changed_weights({.weights = w,
                                .rows = rows_of(change.unit, w.size(1), w.size(2), w.device()),
                                .entries = all_of(w.size(3), w.device()),
                                .queries = counted(call.site, w.size(0), w.size(1), w.device())},
                               change));
}

void Intervener::edit(const QueriesOff& off, DenseAttentionCall& call) const {
  if (call.site != AttentionSite::kDecoderSelf || !off.as_keys) return;
  const at::Tensor w = by_query(call.weights);
  call.weights = by_query(
      without_entries({.weights = w,
                       .rows = at::ones({w.size(1), w.size(2)}, w.options().dtype(at::kBool)),
                       .entries = members(off.queries, w.size(3), w.device()),
                       .queries = {}},
                      /*renormalise=*/true));
}

void Intervener::edit(const MemoryRegion& region, DenseAttentionCall& call) const {
  if (call.site != AttentionSite::kDecoderCross) return;
  const at::Tensor cells = cells_inside(region).unsqueeze(1).unsqueeze(1);  // [N, 1, 1, K]
  // A key's value of 0 and a weight of 0 that nobody takes over are the same.
  call.weights = region.forbids ? call.weights.masked_fill(cells, 0)
                                : preferring(call.weights, cells, region.logit_bias);
}

bool Intervener::wants_dense(AttentionSite site, int layer) const {
  for (const Intervention& intervention : interventions_) {
    const auto named = [&](const AttentionUnit& unit) {
      return unit.module == site && unit.layers.has(layer);
    };
    const auto& change = intervention.change;
    if (const auto* off = std::get_if<HeadsOff>(&change); off && named(off->unit)) return true;
    if (const auto* w = std::get_if<WeightsChange>(&change); w && named(w->unit)) return true;
    if (std::holds_alternative<MemoryRegion>(change) && site == AttentionSite::kDecoderCross)
      return true;
    const auto* const queries = std::get_if<QueriesOff>(&change);
    if (queries != nullptr && queries->as_keys && site == AttentionSite::kDecoderSelf) return true;
  }
  return next_ != nullptr && next_->wants_dense(site, layer);
}

// ---- branches and results ----

bool Intervener::skips(Branch branch, int layer) const {
  for (const Intervention& intervention : interventions_) {
    const auto* const off = std::get_if<BranchOff>(&intervention.change);
    if (off != nullptr && off->has(branch, layer)) return true;
  }
  return false;
}

namespace {

// Every later layer answers as this one.
void leave_early(const EarlyExit& exit, ModelOutput& output) {
  const at::Tensor layers =
      at::arange(output.pred_logits.size(0), output.pred_logits.options().dtype(at::kLong))
          .clamp_max(exit.layer);
  output.pred_logits = output.pred_logits.index_select(0, layers);
  output.pred_boxes = output.pred_boxes.index_select(0, layers);
}

// No class: a sigmoid of 0, or all of the softmax for "no object", its last.
void silence(const QueriesOff& off, bool has_no_object, ModelOutput& output) {
  const at::Tensor queries =
      members(off.queries, output.pred_logits.size(2), output.pred_logits.device()).unsqueeze(-1);
  at::Tensor nothing =
      at::full({output.pred_logits.size(3)}, -std::numeric_limits<float>::infinity(),
               output.pred_logits.options());
  if (has_no_object) nothing.select(0, -1).fill_(0);
  output.pred_logits = at::where(queries, nothing, output.pred_logits);
}

}  // namespace

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
