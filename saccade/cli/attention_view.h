// From recorded tensors to the plain numbers that figures draw.
#pragma once

#include <vector>

#include "saccade/cli/explain_subject.h"
#include "saccade/explain/trace.h"
#include "saccade/render/points_figure.h"

namespace saccade {

// Heads, levels and points that the user wants to see.
struct AttentionChoice {
  std::vector<int> layers, heads, levels, points;
};

// Lists of the options checked against the model; `layers` falls back to the last layer, or to all.
// Throws UsageError.
AttentionChoice choose_attention(const ExplainOptions& options, const ModelConfig& config,
                                 bool all_layers);

// Pixels of the network input per cell, by level: 8, 16, 32, 64.
std::vector<int> level_strides(const std::vector<LevelShape>& levels, const PreparedImage& image);

// The chosen points of row `query` of a layer, in pixels of the original image.
std::vector<SamplePoint> sample_points(const PointTrace& layer, std::int64_t query,
                                       const Trace& trace, const AttentionChoice& choice,
                                       const Image& image);

// Cells per level that the chosen points were read from, mean over the chosen heads.
std::vector<at::Tensor> chosen_cells(const PointTrace& layer, std::int64_t query,
                                     const Trace& trace, const AttentionChoice& choice);

// Weight of the chosen points that fell outside the maps, as a share of their weight, 0 to 1.
double off_image_share(const PointTrace& layer, std::int64_t query, const Trace& trace,
                       const AttentionChoice& choice);

// What the figures say of heads, levels and points.
AttentionSelection selection_of(const AttentionChoice& choice, const ModelConfig& config,
                                bool encoder, const std::vector<int>& strides);

// The token of a trace with its place in the image.
TokenSubject token_subject(const Trace& trace, const PreparedImage& image, const ImagePlace& place);

FigurePhoto figure_photo(const PreparedImage& image, const std::string& file,
                         const ModelSession& session);

}  // namespace saccade
