// Maps of what a detection is due to, over the photograph: a panel for each of its outputs that was asked about.
#pragma once

#include <filesystem>
#include <string>
#include <vector>

#include "saccade/core/heat_level.h"
#include "saccade/render/figure_subject.h"

namespace saccade {

struct MapPanel {
  std::string heading;         // "class vehicle", "box side x0"
  std::string unit;            // of the values, at the colour bar
  std::vector<double> values;  // of each pixel of the photograph, row by row
  bool is_signed = false;      // in blue and orange around 0
};

struct MapFigure {
  FigurePhoto photo;
  QuerySubject query;
  std::string method;   // its name, for the title
  std::string meaning;  // sentences for the caption: what is drawn
  std::vector<MapPanel> panels;
  std::string trust;  // a sentence: how faithful such maps were found to be; empty: not known
  QuerySpecific query_specific;  // of the sampling points behind it; its weights NaN: not printed
};

// Each panel on a range of its own, the values up to the one that 0.1 % of the pixels exceed; colour bar, predicted box, caption. One
// column wide. Around a small box each map has a crop beside it; around a large one several maps stand side by side. Throws Error when values do not fit the photograph; as write_page.
void draw_map_figure(const MapFigure& figure, const std::filesystem::path& out,
                     const FigureRecord& record);

}  // namespace saccade
