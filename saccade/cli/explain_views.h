// The figures of `explain`, each built from one recorded forward pass.
#pragma once

#include <filesystem>
#include <string>
#include <vector>

#include "saccade/cli/attention_view.h"
#include "saccade/cli/explain_subject.h"
#include "saccade/core/json_writer.h"
#include "saccade/render/grid_figure.h"
#include "saccade/render/heat_figure.h"
#include "saccade/render/points_figure.h"
#include "saccade/render/queries_figure.h"
#include "saccade/render/references_figure.h"
#include "saccade/render/self_attention_figure.h"

namespace saccade {

// One image that was run and recorded, and what the user wants to see of it.
struct ExplainedImage {
  const ExplainOptions& options;
  const ModelSession& session;
  const PreparedImage& image;
  const ModelOutput& output;
  const Trace& trace;
  AttentionChoice choice;
  std::vector<int> strides;
  ImagePlace place;      // encoder
  ExplainedQuery query;  // decoder

  bool encoder() const { return options.module == "encoder"; }
  bool plain() const { return session.config().family == ModelFamily::kDetr; }
  // Of a chosen layer: those that were not recorded are not chosen.
  const PointTrace& points(int layer) const {
    return *Trace::find(encoder() ? trace.encoder : trace.decoder, layer);
  }
  const DenseTrace& dense(int layer) const {
    return *Trace::find(encoder() ? trace.encoder_dense : trace.decoder_dense, layer);
  }
  const DenseTrace& self_attention(int layer) const {
    return *Trace::find(trace.decoder_self, layer);
  }
  // Row of the subject in a layer's trace: the query, or 0 for the one recorded token.
  std::int64_t row() const { return encoder() ? 0 : query.detection.query; }
};

// Mean over the chosen layers, of deformable attention.
QuerySpecific mean_specific(const ExplainedImage& e);

// --color, --scale and --relative.
PointStyle point_style(const ExplainOptions& options);

PointsFigure points_view(const ExplainedImage& e, int layer);
TokenPointsFigure token_points_view(const ExplainedImage& e);
HeatFigure heat_view(const ExplainedImage& e, int layer);
GridFigure grid_view(const ExplainedImage& e);
SelfAttentionFigure self_attention_view(const ExplainedImage& e, int layer);
// All queries over the layers; `select` shows the chosen one in detail.
QueryTracks tracks_view(const ExplainedImage& e, bool select);

// Of an encoder token over the chosen layers; runs the image once more.
HeatFigure flow_view(const ExplainedImage& e);

// Members "query", "class", "score" and "bbox", or "token".
void add_subject_json(JsonWriter& json, const ExplainedImage& e);
// An object of what the subject attended to in a layer.
void add_layer_json(JsonWriter& json, const ExplainedImage& e, int layer);

// Maps of given cells, one per level, as the heat figures draw them.
std::vector<HeatLevel> heat_levels(const std::vector<at::Tensor>& cells,
                                   const std::vector<int>& chosen,
                                   const std::vector<LevelShape>& shapes,
                                   const std::vector<int>& strides, const at::Tensor& valid_ratios);

}  // namespace saccade
