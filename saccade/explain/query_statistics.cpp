// What the attention of every decoder query did in one layer, as numbers.
#include "saccade/explain/query_statistics.h"

#include <ATen/ATen.h>

#include <cmath>

#include "saccade/explain/intervention_reach.h"
#include "saccade/explain/unit_masks.h"
#include "saccade/op/transfer.h"

namespace saccade {
namespace {

// [N, 1, 2] width and height in pixels.
at::Tensor sizes_of(const PassImages& images, const at::Tensor& like) {
  return to_device(image_sizes(images).to(at::kFloat), like.device()).view({-1, 1, 2});
}

// Corners [N, Q, 2] each and half the diagonal [N, Q], pixels.
struct FoundBoxes {
  at::Tensor low, high, half_diagonal;
};

FoundBoxes found_boxes(const at::Tensor& boxes, const at::Tensor& sizes) {
  const at::Tensor b = boxes.to(at::kFloat);
  const at::Tensor centre = b.narrow(-1, 0, 2) * sizes, half = b.narrow(-1, 2, 2) * sizes / 2;
  const at::Tensor diagonal = half.square().sum(-1).sqrt();
  // Nothing is so many half diagonals of a box of no size.
  return {centre - half, centre + half, diagonal.masked_fill(diagonal.le(0), std::nan(""))};
}

// Entropy of the last axis, divided by its largest.
at::Tensor entropy_of(const at::Tensor& weights) {
  const auto entries = static_cast<double>(weights.size(-1));
  const at::Tensor bits = -at::special_xlogy(weights, weights).sum(-1);
  return entries > 1 ? bits / std::log(entries) : at::zeros_like(bits);
}

// Whether places [N, Q, ..., 2] lie between corners [N, Q, 2].
at::Tensor between(const at::Tensor& places, at::Tensor low, at::Tensor high) {
  while (low.dim() < places.dim()) {
    low = low.unsqueeze(2);
    high = high.unsqueeze(2);
  }
  return places.ge(low).logical_and(places.le(high)).all(-1);
}

}  // namespace

at::Tensor query_statistics(const DeformableAttentionCall& call, const PassImages& images,
                            const at::Tensor& boxes) {
  const at::Tensor w = call.attention_weights.to(at::kFloat);  // [N, Q, M, L, P]
  const at::Tensor sizes = sizes_of(images, w);
  const at::Tensor ratios = images.valid_ratios.to(w.device()).to(at::kFloat);  // [N, L, 2]
  const at::Tensor places = call.sampling_locations.to(at::kFloat) /
                            ratios.unsqueeze(1).unsqueeze(1).unsqueeze(4) *
                            sizes.unsqueeze(2).unsqueeze(3).unsqueeze(4);
  const at::Tensor reference = call.reference_points.select(2, 0).narrow(-1, 0, 2).to(at::kFloat) /
                               ratios.select(1, 0).unsqueeze(1) * sizes;  // [N, Q, 2]
  const FoundBoxes found = found_boxes(boxes.to(w.device()), sizes);
  const auto heads = static_cast<double>(w.size(2));
  const auto weighted = [&](const at::Tensor& x) {
    return (w * x).sum(at::IntArrayRef({2, 3, 4})) / heads;
  };
  const at::Tensor away = places - reference.unsqueeze(2).unsqueeze(3).unsqueeze(4);
  const at::Tensor corner = at::zeros_like(found.low);
  std::vector<at::Tensor> numbers = {
      weighted(away.square().sum(-1).sqrt()) / found.half_diagonal,
      entropy_of(w.flatten(3)).mean(2), weighted(between(places, found.low, found.high)),
      weighted(between(places, corner, corner + sizes).logical_not())};
  const at::Tensor levels = w.sum(-1).mean(2);  // [N, Q, L]
  return at::cat({at::stack(numbers, -1), levels}, -1);
}

at::Tensor query_statistics(const DenseAttentionCall& call, const PassImages& images,
                            const at::Tensor& boxes) {
  const at::Tensor w = call.weights.to(at::kFloat).transpose(1, 2);  // [N, Q, M, cells]
  const at::Tensor sizes = sizes_of(images, w);
  const LevelShape& level = images.levels.at(0);
  const auto centres = [&](std::int64_t cells) {
    return (at::arange(cells, w.options()) + 0.5) / static_cast<double>(cells);
  };
  const at::Tensor x = centres(level.width).unsqueeze(0).expand({level.height, level.width});
  const at::Tensor y = centres(level.height).unsqueeze(1).expand({level.height, level.width});
  const at::Tensor ratios = images.valid_ratios.to(w.device()).to(at::kFloat);  // [N, 1, 2]
  const at::Tensor places =
      at::stack({x, y}, -1).view({1, -1, 2}) / ratios * sizes;  // [N, cells, 2]
  const FoundBoxes found = found_boxes(boxes.to(w.device()), sizes);
  const at::Tensor mean = w.mean(2);  // [N, Q, cells]
  const at::Tensor inside =
      between(places.unsqueeze(1).expand({-1, w.size(1), -1, -1}), found.low, found.high);
  const at::Tensor none = at::full_like(found.half_diagonal, std::nan(""));
  return at::stack({none, entropy_of(w).mean(2), (mean * inside).sum(-1), none, mean.sum(-1)}, -1);
}

StatisticsRecorder::StatisticsRecorder(const ModelConfig& config,
                                       const std::vector<Intervention>& interventions)
    : last_(answering_layers(interventions, config.dec_layers) - 1),
      numbers_(kNumAttentionNumbers +
               (config.family == ModelFamily::kDetr ? 1 : config.num_feature_levels)) {}

void StatisticsRecorder::on_levels(const std::vector<LevelShape>& levels,
                                   const at::Tensor& valid_ratios) {
  images_.levels = levels;
  images_.valid_ratios = valid_ratios;
  sampled_.clear();
  dense_.clear();
}

bool StatisticsRecorder::wants_deformable(AttentionSite site, int layer) const {
  return site == AttentionSite::kDecoderCross && layer == last_;
}

bool StatisticsRecorder::wants_dense(AttentionSite site, int layer) const {
  return wants_deformable(site, layer);
}

void StatisticsRecorder::on_deformable(DeformableAttentionCall& call) {
  if (!wants_deformable(call.site, call.layer)) return;
  sampled_ = {call};
  sampled_.front().value.reset();  // the largest tensor, and not needed
}

void StatisticsRecorder::on_dense(DenseAttentionCall& call) {
  if (wants_dense(call.site, call.layer)) dense_ = {call};
}

at::Tensor StatisticsRecorder::take(const at::Tensor& boxes) {
  at::Tensor numbers;
  if (!sampled_.empty()) numbers = query_statistics(sampled_.front(), images_, boxes);
  if (!dense_.empty()) numbers = query_statistics(dense_.front(), images_, boxes);
  sampled_.clear();
  dense_.clear();
  if (numbers.defined()) return numbers.to(at::kCPU).contiguous();
  return at::full({boxes.size(0), boxes.size(1), numbers_}, std::nan(""), at::kFloat);
}

}  // namespace saccade
