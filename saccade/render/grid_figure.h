// All layers and heads of one query or token as thumbnails: rows are layers, columns heads.
#pragma once

#include <filesystem>
#include <optional>
#include <string>
#include <vector>

#include "saccade/render/figure_subject.h"
#include "saccade/render/heat_map.h"

namespace saccade {

struct GridRow {
  int layer = 0;
  std::vector<SamplePoint> points;  // of all heads; empty in a grid of maps
  std::vector<HeatLevel> maps;      // one per column; empty in a grid of points
  // Input of the layer: its reference point, and its reference box where references have four
  // components. Pixels of the original image.
  std::optional<std::pair<double, double>> reference;
  std::optional<BoxXyxy> reference_box;
};

struct GridFigure {
  FigurePhoto photo;
  std::optional<QuerySubject> query;  // exactly one of the two
  std::optional<TokenSubject> token;
  std::string module = "dec";    // names rows: "dec.3"
  AttentionSelection selection;  // selection.heads are the columns
  std::vector<GridRow> rows;
  // 1 minus what the mean over the queries explains of the weights, 0 to 1; NaN: not printed.
  QuerySpecific query_specific;  // its weights NaN: not printed
};

// One column wide up to 8 heads, two columns wide above. Throws Error where rows hold both points
// and maps or maps do not fit the heads; as write_page.
void draw_grid_figure(const GridFigure& figure, const std::filesystem::path& out,
                      const FigureRecord& record);
// The same as pages that share their range of colours.
std::vector<FigurePage> grid_pages(std::vector<GridFigure> figures);

}  // namespace saccade
