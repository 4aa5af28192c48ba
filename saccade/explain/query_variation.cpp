// How attention varies from query to query.
#include "saccade/explain/query_variation.h"

#include <ATen/ATen.h>

#include <algorithm>

#include "saccade/explain/attention_edit.h"
#include "saccade/explain/unit_masks.h"
#include "saccade/op/transfer.h"

namespace saccade {
namespace {

// What an offset of 1 is in the frame of the locations: a cell, or the box.
at::Tensor unit_of(const DeformableAttentionCall& call) {
  const at::Tensor& references = call.reference_points;
  if (references.size(-1) == 4) return references.narrow(-1, 2, 2).unsqueeze(2).unsqueeze(4);
  return 1 / call.level_sizes.to(references.scalar_type()).view({1, 1, 1, -1, 1, 2});
}

// [2, M]: squares of `values` [N, Q, M, E] in all, and those of the mean over the queries that count, as often as there
// are such queries.
at::Tensor squares_of(const at::Tensor& values, const at::Tensor& queries) {
  const at::Tensor x = values.to(at::kDouble);
  const at::Tensor counted = queries.to(at::kDouble).unsqueeze(-1);  // [N, Q, 1]
  const at::Tensor all = (x.square().sum(-1) * counted).sum(at::IntArrayRef({0, 1}));
  const at::Tensor mean = mean_over_queries(x, queries).squeeze(1);  // [N, M, E]
  const at::Tensor explained = (mean.square().sum(-1) * counted.sum(1)).sum(0);
  return at::stack({all, explained});
}

at::Tensor around_uniform(const at::Tensor& flat) {
  return flat.to(at::kDouble) - 1.0 / static_cast<double>(flat.size(-1));
}

double own_part(double all, double explained, double where_nothing_varies) {
  return all > 0 ? std::clamp(1 - explained / all, 0.0, 1.0) : where_nothing_varies;
}

QuerySpecific parts_of(const at::Tensor& weights, const at::Tensor& offsets) {
  const auto w = weights.accessor<double, 1>(), o = offsets.accessor<double, 1>();
  return {.weights = own_part(w[0], w[1], 0),
          .offsets = own_part(o[0], o[1], std::numeric_limits<double>::quiet_NaN())};
}

}  // namespace

at::Tensor centres_of(const at::Tensor& reference_points) {
  return reference_points.narrow(-1, 0, 2).unsqueeze(2).unsqueeze(4);
}

at::Tensor template_offsets(const DeformableAttentionCall& call) {
  const at::Tensor unit = unit_of(call);
  const at::Tensor offsets = (call.sampling_locations - centres_of(call.reference_points)) / unit;
  return at::where(unit > 0, offsets, at::zeros({}, offsets.options()));
}

at::Tensor at_template_offsets(const DeformableAttentionCall& call, const at::Tensor& offsets) {
  return centres_of(call.reference_points) + offsets * unit_of(call);
}

at::Tensor variation_of(const DeformableAttentionCall& call, const at::Tensor& queries) {
  return at::stack({squares_of(around_uniform(call.attention_weights.flatten(3)), queries),
                    squares_of(template_offsets(call).flatten(3), queries)});
}

at::Tensor variation_of(const DenseAttentionCall& call, const at::Tensor& queries) {
  const at::Tensor of_weights =
      squares_of(around_uniform(call.weights.transpose(1, 2)), queries);  // [N, Q, M, K]
  return at::stack({of_weights, at::zeros_like(of_weights)});
}

QuerySpecific query_specific_of(const at::Tensor& variation) {
  const at::Tensor sums = variation.sum(-1);
  return parts_of(sums[0], sums[1]);
}

std::vector<QuerySpecific> query_specific_of_heads(const at::Tensor& variation) {
  std::vector<QuerySpecific> heads;
  for (std::int64_t m = 0; m < variation.size(-1); ++m) {
    const at::Tensor of_head = variation.select(-1, m);
    heads.push_back(parts_of(of_head[0], of_head[1]));
  }
  return heads;
}

VariationRecorder::VariationRecorder(const ModelConfig& config) {
  const auto zeros = [&](int layers) {
    return at::zeros({layers, 2, 2, config.nheads}, at::kDouble);
  };
  sums_[AttentionSite::kEncoderSelf] = zeros(config.enc_layers);
  sums_[AttentionSite::kDecoderSelf] = zeros(config.dec_layers);
  sums_[AttentionSite::kDecoderCross] = zeros(config.dec_layers);
}

void VariationRecorder::on_levels(const std::vector<LevelShape>& levels,
                                  const at::Tensor& valid_ratios) {
  images_.levels = levels;
  images_.valid_ratios = valid_ratios;
}

at::Tensor VariationRecorder::queries_of(AttentionSite site, const at::Tensor& like,
                                         std::int64_t queries) const {
  return counted(site, images_, like.size(0), queries, like.device());
}

void VariationRecorder::on_deformable(DeformableAttentionCall& call) {
  const at::Tensor& w = call.attention_weights;
  sums_.at(call.site)
      .select(0, call.layer)
      .add_(variation_of(call, queries_of(call.site, w, w.size(1))).to(at::kCPU));
}

void VariationRecorder::on_dense(DenseAttentionCall& call) {
  const at::Tensor& w = call.weights;
  sums_.at(call.site)
      .select(0, call.layer)
      .add_(variation_of(call, queries_of(call.site, w, w.size(2))).to(at::kCPU));
}

std::vector<double> VariationRecorder::sums() const {
  std::vector<double> all;
  for (const auto& [site, sums] : sums_) {
    const auto* const values = sums.const_data_ptr<double>();
    all.insert(all.end(), values, values + sums.numel());
  }
  return all;
}

std::map<AttentionSite, at::Tensor> VariationRecorder::variations_of(
    const std::vector<double>& sums) const {
  std::map<AttentionSite, at::Tensor> variations;
  const double* at = sums.data();
  for (const auto& [site, own] : sums_) {
    const at::Tensor all = at::empty_like(own);
    std::copy_n(at, all.numel(), all.mutable_data_ptr<double>());
    at += all.numel();
    variations[site] = all;
  }
  return variations;
}

}  // namespace saccade
