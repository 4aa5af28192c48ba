// From recorded tensors to the plain numbers that figures draw.
#include "saccade/cli/attention_view.h"

#include <ATen/ATen.h>

#include <filesystem>

#include "saccade/core/level_strides.h"

namespace saccade {
namespace {

// 1 for chosen heads, levels and points, 0 elsewhere: [M, L, P].
at::Tensor choice_mask(const at::Tensor& weights, const AttentionChoice& choice) {
  at::Tensor mask = at::zeros_like(weights);
  auto at_mask = mask.accessor<float, 3>();
  for (const int m : choice.heads) {
    for (const int l : choice.levels) {
      for (const int p : choice.points) at_mask[m][l][p] = 1;
    }
  }
  return mask;
}

at::Tensor chosen_weights(const PointTrace& layer, std::int64_t query,
                          const AttentionChoice& choice) {
  const at::Tensor weights = layer.attention_weights[query].to(at::kFloat);
  return weights * choice_mask(weights, choice);
}

}  // namespace

AttentionChoice choose_attention(const ExplainOptions& o, const ModelConfig& c, bool all_layers) {
  const bool encoder = o.module == "encoder";
  const int layers = encoder ? c.enc_layers : c.dec_layers;
  AttentionChoice choice;
  if (!o.layer.empty()) {
    choice.layers = parse_index_list(o.layer, layers, "--layer");
  } else if (all_layers) {
    choice.layers = parse_index_list("all", layers, "--layer");
  } else {
    choice.layers = {layers - 1};
  }
  choice.heads = parse_index_list(o.head, c.nheads, "--head");
  choice.levels = parse_index_list(o.level, c.num_feature_levels, "--level");
  choice.points = parse_index_list(o.point, encoder ? c.enc_n_points : c.dec_n_points, "--point");
  return choice;
}

std::vector<int> level_strides(const std::vector<LevelShape>& levels, const PreparedImage& image) {
  return level_strides(levels, image.input_width(), image.input_height());
}

std::vector<SamplePoint> sample_points(const PointTrace& layer, std::int64_t query,
                                       const Trace& trace, const AttentionChoice& choice,
                                       const Image& image) {
  const at::Tensor pixels = points_in_pixels(layer.sampling_locations.narrow(0, query, 1),
                                             trace.valid_ratios, image.width, image.height);
  const auto at_pixel = pixels.accessor<double, 5>();
  const at::Tensor weights = layer.attention_weights[query].to(at::kDouble);
  const at::Tensor means = layer.mean_weights.to(at::kDouble);
  const auto weight = weights.accessor<double, 3>();
  const auto mean = means.accessor<double, 3>();
  std::vector<SamplePoint> points;
  for (const int m : choice.heads) {
    for (const int l : choice.levels) {
      for (const int p : choice.points) {
        points.push_back({.x = at_pixel[0][m][l][p][0],
                          .y = at_pixel[0][m][l][p][1],
                          .weight = weight[m][l][p],
                          .mean_weight = mean[m][l][p],
                          .head = m,
                          .level = l,
                          .point = p});
      }
    }
  }
  return points;
}

std::vector<at::Tensor> chosen_cells(const PointTrace& layer, std::int64_t query,
                                     const Trace& trace, const AttentionChoice& choice) {
  // scatter_to_cells divides by all heads; the mean is over the chosen ones.
  auto cells = scatter_to_cells(layer.sampling_locations[query],
                                chosen_weights(layer, query, choice), trace.levels);
  const auto all = static_cast<double>(layer.attention_weights.size(1));
  for (at::Tensor& map : cells) map *= all / static_cast<double>(choice.heads.size());
  return cells;
}

double off_image_share(const PointTrace& layer, std::int64_t query, const Trace& trace,
                       const AttentionChoice& choice) {
  double inside = 0;
  for (const at::Tensor& map : chosen_cells(layer, query, trace, choice))
    inside += map.sum().item<double>();
  const double all = chosen_weights(layer, query, choice).sum().item<double>() /
                     static_cast<double>(choice.heads.size());
  return all > 0 ? std::clamp(1 - inside / all, 0.0, 1.0) : 0.0;
}

AttentionSelection selection_of(const AttentionChoice& choice, const ModelConfig& c, bool encoder,
                                const std::vector<int>& strides) {
  return {.heads = choice.heads,
          .levels = choice.levels,
          .all_heads = c.nheads,
          .strides = strides,
          .points = encoder ? c.enc_n_points : c.dec_n_points};
}

TokenSubject token_subject(const Trace& trace, const PreparedImage& image,
                           const ImagePlace& place) {
  const TokenPlace token = place_of_token(trace.levels, trace.encoder_token);
  const LevelShape& level = trace.levels[token.level];
  const at::Tensor ratio = trace.valid_ratios[token.level].to(at::kDouble);
  const double columns = ratio[0].item<double>() * static_cast<double>(level.width);
  const double rows = ratio[1].item<double>() * static_cast<double>(level.height);
  return {.level = token.level,
          .stride = level_strides(trace.levels, image)[token.level],
          .column = token.column,
          .row = token.row,
          .token = trace.encoder_token,
          .x = (static_cast<double>(token.column) + 0.5) / columns * image.image.width,
          .y = (static_cast<double>(token.row) + 0.5) / rows * image.image.height,
          .pixel = std::pair(place.x * image.image.width, place.y * image.image.height)};
}

FigurePhoto figure_photo(const PreparedImage& image, const std::string& file,
                         const ModelSession& session) {
  return {.image = &image.image,
          .file = std::filesystem::path(file).filename().string(),
          .input_width = image.input_width(),
          .input_height = image.input_height(),
          .model = session.caption_name()};
}

}  // namespace saccade
