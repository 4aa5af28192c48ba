// The sampling points of one query or token: where the operator read, and with which weight.
#pragma once

#include <filesystem>
#include <optional>
#include <string>
#include <vector>

#include "saccade/render/colormap.h"
#include "saccade/render/figure_subject.h"

namespace saccade {

enum class PointColor { kWeight, kLevel, kHead };

// How points are shown; the same in both figures below.
struct PointStyle {
  PointColor color = PointColor::kWeight;
  WeightScale scale = WeightScale::kLinear;
  // Area and colour show weight minus the layer's mean pattern (SamplePoint::mean_weight), in
  // diverging colours; `color` must be kWeight and `scale` kLinear.
  bool relative = false;
  double range = 0;  // colours run to this where no shown value is larger
};

// Decoder cross-attention of one query at one layer.
struct PointsFigure {
  FigurePhoto photo;
  QuerySubject query;
  int layer = 0;
  AttentionSelection selection;
  std::vector<SamplePoint> points;          // those of the selection only
  double reference_x = 0, reference_y = 0;  // input of the layer, pixels of the original image
  PointStyle style;
  // Weight that read nothing because it fell outside the maps, 0 to 1, mean of the heads drawn.
  double off_image_share = 0;
  QuerySpecific query_specific;  // its weights NaN: not printed
};

// Whole photo (or a strip of it), zoom, legend, caption. One column wide.
// Throws UsageError when colour by head is asked for more than 8 heads or `relative` is combined
// with another colour or scale; Error as write_page.
void draw_points_figure(const PointsFigure& figure, const std::filesystem::path& out,
                        const FigureRecord& record);
// The same as pages that share one range of colours.
std::vector<FigurePage> points_pages(std::vector<PointsFigure> figures);

// One encoder layer's reading for the token.
struct TokenPanel {
  int layer = 0;
  std::vector<SamplePoint> points;
};

// Encoder self-attention of one token over some layers.
struct TokenPointsFigure {
  FigurePhoto photo;
  TokenSubject token;
  AttentionSelection selection;
  std::vector<TokenPanel> panels;
  PointStyle style;
  QuerySpecific query_specific;  // its weights NaN: not printed
};

// One panel per layer, three in a row, two columns wide. Throws as draw_points_figure.
void draw_token_points_figure(const TokenPointsFigure& figure, const std::filesystem::path& out,
                              const FigureRecord& record);
std::vector<FigurePage> token_points_pages(std::vector<TokenPointsFigure> figures);

}  // namespace saccade
