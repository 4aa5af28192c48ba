// The figures of `explain`, each built from one recorded forward pass.
#include "saccade/cli/explain_views.h"

#include <ATen/ATen.h>

#include "saccade/core/json_array.h"
#include "saccade/explain/flow.h"
#include "saccade/explain/trace_file.h"

namespace saccade {
namespace {

QuerySubject subject_after(const ExplainedImage& e, int layer) {
  const int query = e.query.detection.query;
  return {.query = query,
          .class_name = e.session.model().classes.name(e.query.detection.label),
          .score = e.query.detection.score,
          .box = query_after_layer(e.session, e.output, layer, query, e.image.image).box,
          .note = e.query.note};
}

// The subject's reference at the input of a layer: [2 or 4], fraction of the image.
at::Tensor reference_of(const ExplainedImage& e, int layer) {
  return unpadded_references(e.points(layer).reference_points, e.trace.valid_ratios)[e.row()].to(
      at::kDouble);
}

TrackReference in_pixels(const at::Tensor& reference, const Image& image) {
  const at::Tensor r = reference.to(at::kDouble);
  const auto value = r.accessor<double, 1>();
  TrackReference out{.x = value[0] * image.width, .y = value[1] * image.height};
  if (r.size(0) == 4) {
    out.width = value[2] * image.width;
    out.height = value[3] * image.height;
  }
  return out;
}

at::Tensor head_index(const std::vector<int>& heads) {
  return at::tensor(std::vector<std::int64_t>(heads.begin(), heads.end()), at::kLong);
}

// The chosen heads' mean of a dense map, as cells of the one level.
std::vector<HeatLevel> dense_levels(const ExplainedImage& e, int layer,
                                    const std::vector<int>& heads) {
  const at::Tensor rows = e.dense(layer).weights.select(1, e.row()).to(at::kDouble);  // [M, K]
  const auto& shape = e.trace.levels[0];
  const at::Tensor mean = rows.index_select(0, head_index(heads)).mean(0);
  return heat_levels({mean.view({shape.height, shape.width})}, {0}, e.trace.levels, e.strides,
                     e.trace.valid_ratios);
}

std::string place_name(const ExplainedImage& e, int layer) {
  return (e.encoder() ? "enc." : "dec.") + std::to_string(layer);
}

GridRow grid_row(const ExplainedImage& e, int layer) {
  GridRow row{.layer = layer};
  if (e.plain()) {
    for (const int head : e.choice.heads) row.maps.push_back(dense_levels(e, layer, {head})[0]);
    return row;
  }
  row.points = sample_points(e.points(layer), e.row(), e.trace, e.choice, e.image.image);
  if (e.encoder()) {
    const TokenSubject token = token_subject(e.trace, e.image, e.place);
    row.reference = {token.x, token.y};
    return row;
  }
  const TrackReference reference = in_pixels(reference_of(e, layer), e.image.image);
  row.reference = {reference.x, reference.y};
  if (reference.width > 0) row.reference_box = box_of(reference);
  return row;
}

}  // namespace

QuerySpecific mean_specific(const ExplainedImage& e) {
  QuerySpecific mean{0, 0};
  const auto layers = static_cast<double>(e.choice.layers.size());
  for (const int layer : e.choice.layers) {
    mean.weights += e.points(layer).query_specific.weights / layers;
    mean.offsets += e.points(layer).query_specific.offsets / layers;
  }
  return mean;
}

PointStyle point_style(const ExplainOptions& o) {
  return {.color = o.color == "level"  ? PointColor::kLevel
                   : o.color == "head" ? PointColor::kHead
                                       : PointColor::kWeight,
          .scale = o.scale == "log" ? WeightScale::kLog : WeightScale::kLinear,
          .relative = o.relative};
}

std::vector<HeatLevel> heat_levels(const std::vector<at::Tensor>& cells,
                                   const std::vector<int>& chosen,
                                   const std::vector<LevelShape>& shapes,
                                   const std::vector<int>& strides,
                                   const at::Tensor& valid_ratios) {
  std::vector<HeatLevel> levels;
  for (const int l : chosen) {
    const at::Tensor map = cells[l].to(at::kDouble).contiguous();
    const double* first = map.const_data_ptr<double>();
    levels.push_back({.level = l,
                      .stride = strides[l],
                      .shape = shapes[l],
                      .cells = std::vector<double>(first, first + map.numel()),
                      .valid_x = valid_ratios[l][0].item<double>(),
                      .valid_y = valid_ratios[l][1].item<double>()});
  }
  return levels;
}

PointsFigure points_view(const ExplainedImage& e, int layer) {
  const TrackReference reference = in_pixels(reference_of(e, layer), e.image.image);
  return {.photo = figure_photo(e.image, e.options.image, e.session),
          .query = subject_after(e, layer),
          .layer = layer,
          .selection = selection_of(e.choice, e.session.config(), false, e.strides),
          .points = sample_points(e.points(layer), e.row(), e.trace, e.choice, e.image.image),
          .reference_x = reference.x,
          .reference_y = reference.y,
          .style = point_style(e.options),
          .off_image_share = off_image_share(e.points(layer), e.row(), e.trace, e.choice),
          .query_specific = e.points(layer).query_specific};
}

TokenPointsFigure token_points_view(const ExplainedImage& e) {
  TokenPointsFigure figure{.photo = figure_photo(e.image, e.options.image, e.session),
                           .token = token_subject(e.trace, e.image, e.place),
                           .selection = selection_of(e.choice, e.session.config(), true, e.strides),
                           .style = point_style(e.options)};
  for (const int layer : e.choice.layers) {
    figure.panels.push_back(
        {layer, sample_points(e.points(layer), 0, e.trace, e.choice, e.image.image)});
  }
  figure.query_specific = mean_specific(e);
  return figure;
}

HeatFigure heat_view(const ExplainedImage& e, int layer) {
  HeatFigure figure{.photo = figure_photo(e.image, e.options.image, e.session),
                    .kind = e.plain() ? HeatKind::kDense : HeatKind::kScattered,
                    .place = place_name(e, layer),
                    .heads = e.choice.heads};
  if (e.encoder()) {
    figure.token = token_subject(e.trace, e.image, e.place);
  } else {
    figure.query = subject_after(e, layer);
  }
  if (e.plain()) {
    figure.levels = dense_levels(e, layer, e.choice.heads);
    return figure;
  }
  figure.levels = heat_levels(chosen_cells(e.points(layer), e.row(), e.trace, e.choice),
                              e.choice.levels, e.trace.levels, e.strides, e.trace.valid_ratios);
  figure.query_specific = e.points(layer).query_specific;
  return figure;
}

GridFigure grid_view(const ExplainedImage& e) {
  GridFigure figure{
      .photo = figure_photo(e.image, e.options.image, e.session),
      .module = e.encoder() ? "enc" : "dec",
      .selection = selection_of(e.choice, e.session.config(), e.encoder(), e.strides)};
  if (e.encoder()) {
    figure.token = token_subject(e.trace, e.image, e.place);
  } else {
    figure.query = subject_after(e, e.session.config().dec_layers - 1);
  }
  for (const int layer : e.choice.layers) figure.rows.push_back(grid_row(e, layer));
  if (!e.plain()) figure.query_specific = mean_specific(e);
  return figure;
}

SelfAttentionFigure self_attention_view(const ExplainedImage& e, int layer) {
  SelfAttentionFigure figure{.photo = figure_photo(e.image, e.options.image, e.session),
                             .query = subject_after(e, layer),
                             .layer = layer,
                             .heads = e.choice.heads};
  const at::Tensor rows =
      e.self_attention(layer).weights.select(1, e.row()).to(at::kDouble);  // [M, Q]
  const at::Tensor mean = rows.index_select(0, head_index(e.choice.heads)).mean(0);
  for (int q = 0; q < static_cast<int>(mean.size(0)); ++q) {
    const Detection d = query_after_layer(e.session, e.output, layer, q, e.image.image);
    figure.read.push_back({.query = q,
                           .weight = mean[q].item<double>(),
                           .label = d.label,
                           .class_name = e.session.model().classes.name(d.label),
                           .score = d.score,
                           .box = d.box});
  }
  return figure;
}

QueryTracks tracks_view(const ExplainedImage& e, bool select) {
  const int layers = e.session.config().dec_layers;
  QueryTracks tracks{
      .photo = figure_photo(e.image, e.options.image, e.session),
      .components = e.plain() ? 0 : static_cast<int>(e.output.init_reference.size(-1)),
      .selected = select ? e.query.detection.query : -1,
      .threshold = e.options.threshold,
      .note = e.query.note};
  for (int q = 0; q < static_cast<int>(e.output.pred_logits.size(2)); ++q) {
    QueryTrack track{.query = q};
    for (int layer = 0; layer < layers; ++layer) {
      const Detection d = query_after_layer(e.session, e.output, layer, q, e.image.image);
      track.outputs.push_back({d.box, d.label, e.session.model().classes.name(d.label), d.score});
      if (e.plain()) continue;
      const at::Tensor reference =
          layer == 0 ? e.output.init_reference[0][q] : e.output.inter_references[layer - 1][0][q];
      track.references.push_back(in_pixels(reference, e.image.image));
    }
    tracks.queries.push_back(std::move(track));
  }
  return tracks;
}

// The trace holds one token; the flow needs what every token read, so the image runs once more.
HeatFigure flow_view(const ExplainedImage& e) {
  FlowRecorder recorder(e.choice.layers);
  e.session.run(e.image, &recorder);
  const std::string first = place_name(e, e.choice.layers.front());
  const std::string last = place_name(e, e.choice.layers.back());
  HeatFigure figure{.photo = figure_photo(e.image, e.options.image, e.session),
                    .kind = HeatKind::kFlow,
                    .token = token_subject(e.trace, e.image, e.place),
                    .place = first == last ? first : first + " to " + last,
                    .heads = e.choice.heads};
  figure.levels = heat_levels(roll_out(recorder.reads(), e.trace.encoder_token, e.trace.levels),
                              e.choice.levels, e.trace.levels, e.strides, e.trace.valid_ratios);
  return figure;
}

void add_subject_json(JsonWriter& json, const ExplainedImage& e) {
  if (e.encoder()) {
    json.member("token", e.trace.encoder_token);
    return;
  }
  const Detection& d = e.query.detection;
  json.member("query", d.query).member("category_id", d.category_id);
  json.member("class", e.session.model().classes.name(d.label)).member("score", d.score);
  add_array(json, "bbox", {d.box.x0, d.box.y0, d.box.width(), d.box.height()});
}

void add_layer_json(JsonWriter& json, const ExplainedImage& e, int layer) {
  json.begin_object().member("layer", layer);
  // Nothing was sampled in a layer that is switched off.
  const PointTrace* const found =
      Trace::find(e.encoder() ? e.trace.encoder : e.trace.decoder, layer);
  if (found != nullptr) {
    const PointTrace& points = *found;
    const QuerySpecific& specific = points.query_specific;
    json.member("query_specific_part_of_weights", specific.weights);
    json.member("query_specific_part_of_offsets", specific.offsets);
    json.member("mostly_template", specific.is_mostly_template());
    json.member("off_image_share", off_image_share(points, e.row(), e.trace, e.choice))
        .key("level_share")
        .begin_array();
    const at::Tensor share = points.attention_weights[e.row()].sum(-1).mean(0).to(at::kDouble);
    for (std::int64_t l = 0; l < share.size(0); ++l) json.value(share[l].item<double>());
    json.end_array();
  }
  json.end_object();
}

}  // namespace saccade
