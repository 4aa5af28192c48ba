// What becomes of one encoder token.
#include "saccade/server/token_readers.h"

#include <ATen/ATen.h>

#include <numeric>

namespace saccade {
namespace {

// Stacked, zeros where there is none.
at::Tensor stacked(std::vector<at::Tensor> layers, at::IntArrayRef shape) {
  for (at::Tensor& layer : layers)
    if (!layer.defined()) layer = at::zeros(shape);
  return at::stack(layers);
}

at::Tensor of_layers(const std::vector<PointTrace>& seen, std::size_t layers,
                     at::Tensor PointTrace::*part, at::IntArrayRef shape) {
  std::vector<at::Tensor> all(layers);
  for (const PointTrace& layer : seen)
    all[static_cast<std::size_t>(layer.layer)] = (layer.*part)[0].to(at::kFloat);
  return stacked(std::move(all), shape);
}

// Its pixels in an image of this size.
TokenCell cell_of(std::int64_t token, const std::vector<LevelShape>& levels,
                  const at::Tensor& valid_ratios, double width, double height) {
  const TokenPlace place = place_of_token(levels, token);
  const LevelShape& level = levels[static_cast<std::size_t>(place.level)];
  const at::Tensor ratio = valid_ratios[place.level].to(at::kDouble);
  const double w = width / (ratio[0].item<double>() * static_cast<double>(level.width));
  const double h = height / (ratio[1].item<double>() * static_cast<double>(level.height));
  return {
      .token = token,
      .level = place.level,
      .column = place.column,
      .row = place.row,
      .box = {static_cast<double>(place.column) * w, static_cast<double>(place.row) * h,
              static_cast<double>(place.column + 1) * w, static_cast<double>(place.row + 1) * h}};
}

std::vector<int> up_to(int layer) {
  std::vector<int> layers(static_cast<std::size_t>(layer) + 1);
  std::iota(layers.begin(), layers.end(), 0);
  return layers;
}

}  // namespace

at::Tensor weight_on_cell(const at::Tensor& locations, const at::Tensor& weights,
                          const LevelShape& level, std::int64_t column, std::int64_t row) {
  // Cell i has its centre at (i + 0.5) / W; a sample's share of it falls off to 0 one cell away.
  const auto share = [&](std::int64_t axis, std::int64_t cells, std::int64_t cell) {
    const at::Tensor place = locations.select(-1, axis) * static_cast<double>(cells) - 0.5;
    return (1 - (place - static_cast<double>(cell)).abs()).clamp_min(0);
  };
  const at::Tensor shares = share(0, level.width, column) * share(1, level.height, row);
  return (weights * shares).sum(-1).mean(-1);
}

void TokenReaders::on_levels(const std::vector<LevelShape>& levels,
                             const at::Tensor& valid_ratios) {
  recorder_.on_levels(levels, valid_ratios);
  for (at::Tensor& readers : readers_) readers.reset();
}

void TokenReaders::on_deformable(DeformableAttentionCall& call) {
  if (call.site != AttentionSite::kEncoderSelf) return;
  recorder_.on_deformable(call);
  const Trace& trace = recorder_.trace();
  const TokenPlace place = place_of_token(trace.levels, trace.encoder_token);
  readers_[static_cast<std::size_t>(call.layer)] =
      weight_on_cell(call.sampling_locations[0].select(2, level_).to(at::kFloat),
                     call.attention_weights[0].select(2, level_).to(at::kFloat),
                     trace.levels[static_cast<std::size_t>(level_)], place.column, place.row)
          .to(at::kCPU);
}

TokenView TokenReaders::view(double width, double height) {
  const Trace& trace = recorder_.trace();
  TokenView view{.cell =
                     cell_of(trace.encoder_token, trace.levels, trace.valid_ratios, width, height)};
  const std::size_t layers = readers_.size();
  std::vector<std::int64_t> of_points = sizes_;
  of_points.push_back(2);
  view.points = packed_points(
      points_in_pixels(of_layers(trace.encoder, layers, &PointTrace::sampling_locations, of_points),
                       trace.valid_ratios, 1, 1));
  view.weights =
      packed_weights(of_layers(trace.encoder, layers, &PointTrace::attention_weights, sizes_));
  std::vector<at::Tensor> parts;
  for (std::size_t layer = 0; layer < layers; ++layer)
    parts.push_back(specific_parts(Trace::find(trace.encoder, static_cast<int>(layer)), sizes_[0]));
  view.query_specific = at::stack(parts);
  const at::Tensor all = stacked(readers_, {token_count(trace.levels)});  // [layers, S]
  std::int64_t first = 0;
  for (const LevelShape& of : trace.levels) {
    view.read_by.push_back(
        all.narrow(1, first, of.cells()).view({all.size(0), of.height, of.width}).contiguous());
    first += of.cells();
  }
  return view;
}

TokenFlow::TokenFlow(const ImagePlace& place, int layer) : place_(place), recorder_(up_to(layer)) {}

void TokenFlow::on_levels(const std::vector<LevelShape>& levels, const at::Tensor& valid_ratios) {
  recorder_.on_levels(levels, valid_ratios);
  valid_ratios_ = valid_ratios.select(0, 0).to(at::kCPU);
}

void TokenFlow::on_deformable(DeformableAttentionCall& call) { recorder_.on_deformable(call); }

FlowView TokenFlow::view(double width, double height) {
  const std::vector<LevelShape>& levels = recorder_.levels();
  const std::int64_t token = token_under(place_, levels, valid_ratios_);
  FlowView view{.cell = cell_of(token, levels, valid_ratios_, width, height)};
  for (const at::Tensor& share : roll_out(recorder_.reads(), token, levels))
    view.share.push_back(share.to(at::kFloat));
  return view;
}

}  // namespace saccade
