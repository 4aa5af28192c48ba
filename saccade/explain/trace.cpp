// Records what attention looked at, and turns points into pixels and cells.
#include "saccade/explain/trace.h"

#include <ATen/ATen.h>
#include <ATen/core/grad_mode.h>

#include <algorithm>
#include <cmath>

#include "saccade/core/error.h"
#include "saccade/explain/bilinear_cells.h"
#include "saccade/explain/query_variation.h"
#include "saccade/op/transfer.h"

namespace saccade {
namespace {

// Cells of one level that carry features, by its valid ratio.
std::int64_t valid_cells(double ratio, std::int64_t cells) {
  return std::clamp<std::int64_t>(std::llround(ratio * static_cast<double>(cells)), 1, cells);
}

std::int64_t cell_under(double fraction, std::int64_t valid) {
  return std::clamp<std::int64_t>(
      static_cast<std::int64_t>(std::floor(fraction * static_cast<double>(valid))), 0, valid - 1);
}

void check_batch_of_one(const at::Tensor& tensor) {
  if (tensor.size(0) != 1) {
    throw Error(text_of("a trace records one image at a time, this batch has ", tensor.size(0)));
  }
}

void take_parts(std::vector<PointTrace>& layers, const std::vector<at::Tensor>& variation) {
  for (std::size_t i = 0; i < layers.size(); ++i) {
    layers[i].query_specific = query_specific_of(variation[i]);
    layers[i].heads_specific = query_specific_of_heads(variation[i]);
  }
}

}  // namespace

std::int64_t token_under(const ImagePlace& place, const std::vector<LevelShape>& levels,
                         const at::Tensor& valid_ratios) {
  const int last = static_cast<int>(levels.size()) - 1;
  if (place.level < 0 || place.level > last) {
    throw UsageError(text_of("--from-level ", place.level, ": this model has levels 0 to ", last));
  }
  const LevelShape& level = levels[place.level];
  const auto ratio = valid_ratios[place.level].to(at::kDouble).cpu();
  const auto columns = valid_cells(ratio[0].item<double>(), level.width);
  const auto rows = valid_cells(ratio[1].item<double>(), level.height);
  return token_at(levels, {place.level, cell_under(place.y, rows), cell_under(place.x, columns)});
}

void TraceRecorder::on_levels(const std::vector<LevelShape>& levels,
                              const at::Tensor& valid_ratios) {
  check_batch_of_one(valid_ratios);
  trace_ = Trace{};
  trace_.levels = levels;
  encoder_variation_.clear();
  decoder_variation_.clear();
  trace_.valid_ratios = valid_ratios[0].detach();
  if (options_.encoder_place) {
    trace_.valid_ratios = trace_.valid_ratios.cpu();
    trace_.encoder_token = token_under(*options_.encoder_place, levels, trace_.valid_ratios);
  }
}

bool TraceRecorder::wants(AttentionSite site) const {
  switch (site) {
    case AttentionSite::kEncoderSelf:
      return options_.encoder_place.has_value();
    case AttentionSite::kDecoderSelf:
      return options_.decoder_self;
    case AttentionSite::kDecoderCross:
      return options_.decoder_cross;
  }
  return false;
}

bool TraceRecorder::wants_dense(AttentionSite site, int /*layer*/) const { return wants(site); }

at::Tensor TraceRecorder::chosen(AttentionSite site, const at::Tensor& per_query) const {
  const bool one_token = site == AttentionSite::kEncoderSelf;
  const at::Tensor rows = one_token ? per_query.narrow(0, trace_.encoder_token, 1) : per_query;
  // A copy: a narrow view would keep the whole layer alive.
  return rows.detach().clone();
}

void TraceRecorder::on_deformable(DeformableAttentionCall& call) {
  check_batch_of_one(call.sampling_locations);
  if (!wants(call.site)) return;
  PointTrace trace{.layer = call.layer};
  trace.reference_points = chosen(call.site, call.reference_points[0]);
  trace.sampling_locations = chosen(call.site, call.sampling_locations[0]);
  trace.attention_weights = chosen(call.site, call.attention_weights[0]);
  const at::NoGradGuard no_graph;
  const at::Tensor& weights = call.attention_weights;
  trace.mean_weights = weights[0].mean(0);
  if (options_.keep_value) trace.value = call.value[0].detach().clone();
  const bool encoder = call.site == AttentionSite::kEncoderSelf;
  (encoder ? trace_.encoder : trace_.decoder).push_back(std::move(trace));
  (encoder ? encoder_variation_ : decoder_variation_)
      .push_back(variation_of(
          call, at::ones(weights.sizes().slice(0, 2), weights.options().dtype(at::kBool))));
}

void TraceRecorder::on_deformable_output(const DeformableAttentionCall& call, at::Tensor& output) {
  if (!options_.keep_value || !wants(call.site)) return;
  auto& layers = call.site == AttentionSite::kEncoderSelf ? trace_.encoder : trace_.decoder;
  layers.back().output = chosen(call.site, output[0]);
}

void TraceRecorder::on_dense(DenseAttentionCall& call) {
  check_batch_of_one(call.weights);
  if (!wants(call.site)) return;
  DenseTrace trace{.layer = call.layer};
  if (call.site == AttentionSite::kEncoderSelf) {
    trace.weights = call.weights[0].narrow(1, trace_.encoder_token, 1).detach().clone();
    trace_.encoder_dense.push_back(std::move(trace));
    return;
  }
  trace.weights = call.weights[0].detach().clone();
  auto& layers =
      call.site == AttentionSite::kDecoderSelf ? trace_.decoder_self : trace_.decoder_dense;
  layers.push_back(std::move(trace));
}

const Trace& TraceRecorder::trace() {
  std::vector<at::Tensor*> all{&trace_.valid_ratios};
  const auto add_points = [&](std::vector<PointTrace>& layers, std::vector<at::Tensor>& variation) {
    for (PointTrace& layer : layers) {
      for (at::Tensor* t :
           {&layer.reference_points, &layer.sampling_locations, &layer.attention_weights,
            &layer.mean_weights, &layer.value, &layer.output})
        all.push_back(t);
    }
    for (at::Tensor& t : variation) all.push_back(&t);
  };
  add_points(trace_.encoder, encoder_variation_);
  add_points(trace_.decoder, decoder_variation_);
  for (auto* layers : {&trace_.encoder_dense, &trace_.decoder_dense, &trace_.decoder_self}) {
    for (DenseTrace& layer : *layers) all.push_back(&layer.weights);
  }
  bring_to_host(all);
  take_parts(trace_.encoder, encoder_variation_);
  take_parts(trace_.decoder, decoder_variation_);
  return trace_;
}

at::Tensor points_in_pixels(const at::Tensor& sampling_locations, const at::Tensor& valid_ratios,
                            double image_width, double image_height) {
  const at::Tensor ratios = valid_ratios.to(at::kDouble).view({1, 1, -1, 1, 2});
  const at::Tensor size = at::tensor({image_width, image_height}, at::kDouble);
  return sampling_locations.to(at::kDouble) / ratios * size;
}

std::vector<at::Tensor> scatter_points(const at::Tensor& sampling_locations,
                                       const at::Tensor& quantity,
                                       const std::vector<LevelShape>& levels) {
  const auto locations = sampling_locations.to(at::kDouble).contiguous();
  const auto quantities = quantity.to(at::kDouble).contiguous();
  const auto place = locations.accessor<double, 4>();
  const auto of_point = quantities.accessor<double, 3>();
  std::vector<at::Tensor> maps;
  for (std::int64_t l = 0; l < std::ssize(levels); ++l) {
    const LevelShape& level = levels[static_cast<std::size_t>(l)];
    maps.push_back(at::zeros({level.height, level.width}, at::kDouble));
    auto cells = maps.back().accessor<double, 2>();
    for (std::int64_t m = 0; m < quantities.size(0); ++m) {
      for (std::int64_t p = 0; p < quantities.size(2); ++p) {
        visit_cells(level, place[m][l][p][0], place[m][l][p][1],
                    [&](std::int64_t row, std::int64_t column, double share) {
                      cells[row][column] += of_point[m][l][p] * share;
                    });
      }
    }
  }
  return maps;
}

std::vector<at::Tensor> scatter_to_cells(const at::Tensor& sampling_locations,
                                         const at::Tensor& attention_weights,
                                         const std::vector<LevelShape>& levels) {
  const auto heads = static_cast<double>(attention_weights.size(0));
  return scatter_points(sampling_locations, attention_weights.to(at::kDouble) / heads, levels);
}

}  // namespace saccade
