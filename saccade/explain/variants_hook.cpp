// Each variant's part of a call goes through its own interventions and is written back.
#include "saccade/explain/variants_hook.h"

#include <ATen/ATen.h>

#include <algorithm>

#include "saccade/explain/intervention_reach.h"

namespace saccade {
namespace {

at::Tensor part_of(const at::Tensor& tensor, std::int64_t v) {
  return tensor.narrow(0, tensor.size(0) == 1 ? 0 : v, 1);
}

DeformableAttentionCall part_of(const DeformableAttentionCall& call, std::int64_t v) {
  DeformableAttentionCall part = call;
  for (at::Tensor* tensor :
       {&part.reference_points, &part.sampling_locations, &part.attention_weights})
    *tensor = part_of(*tensor, v);
  return part;
}

void write_back(at::Tensor& whole, std::int64_t v, const at::Tensor& part) {
  const at::Tensor to = whole.narrow(0, v, 1);
  if (!part.is_same(to)) to.copy_(part);
}

}  // namespace

VariantsHook::VariantsHook(std::vector<const std::vector<Intervention>*> variants,
                           const OriginalSize& original)
    : variants_(std::move(variants)) {
  for (const auto* interventions : variants_) {
    interveners_.emplace_back(*interventions);
    interveners_.back().on_images({original});
  }
}

std::vector<std::int64_t> VariantsHook::touched(AttentionSite site, int layer) const {
  std::vector<std::int64_t> all;
  for (std::size_t v = 0; v < variants_.size(); ++v) {
    const auto has_part = [&](const Intervention& i) { return touches(i, site, layer); };
    if (std::any_of(variants_[v]->begin(), variants_[v]->end(), has_part))
      all.push_back(static_cast<std::int64_t>(v));
  }
  return all;
}

void VariantsHook::on_levels(const std::vector<LevelShape>& levels,
                             const at::Tensor& valid_ratios) {
  for (Intervener& intervener : interveners_) intervener.on_levels(levels, valid_ratios);
}

void VariantsHook::on_deformable(DeformableAttentionCall& call) {
  for (const std::int64_t v : touched(call.site, call.layer)) {
    DeformableAttentionCall part = part_of(call, v);
    interveners_[static_cast<std::size_t>(v)].on_deformable(part);
    write_back(call.sampling_locations, v, part.sampling_locations);
    write_back(call.attention_weights, v, part.attention_weights);
  }
}

void VariantsHook::on_deformable_output(const DeformableAttentionCall& call, at::Tensor& output) {
  for (const std::int64_t v : touched(call.site, call.layer)) {
    at::Tensor part = part_of(output, v);
    interveners_[static_cast<std::size_t>(v)].on_deformable_output(part_of(call, v), part);
    write_back(output, v, part);
  }
}

void VariantsHook::on_dense(DenseAttentionCall& call) {
  for (const std::int64_t v : touched(call.site, call.layer)) {
    DenseAttentionCall part{call.site, call.layer, part_of(call.weights, v)};
    interveners_[static_cast<std::size_t>(v)].on_dense(part);
    write_back(call.weights, v, part.weights);
  }
}

void VariantsHook::on_dense_output(const DenseAttentionCall& call, at::Tensor& output) {
  for (const std::int64_t v : touched(call.site, call.layer)) {
    const DenseAttentionCall of_variant{call.site, call.layer, part_of(call.weights, v)};
    at::Tensor part = part_of(output, v);
    interveners_[static_cast<std::size_t>(v)].on_dense_output(of_variant, part);
    write_back(output, v, part);
  }
}

bool VariantsHook::wants_dense(AttentionSite site, int layer) const {
  return std::any_of(interveners_.begin(), interveners_.end(),
                     [&](const Intervener& i) { return i.wants_dense(site, layer); });
}

}  // namespace saccade
