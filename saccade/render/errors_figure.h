// Types of errors: how many, what they cost, and how attention differs from that of true positives.
#pragma once

#include <cstdint>
#include <filesystem>
#include <string>
#include <vector>

#include "saccade/render/figure_file.h"

namespace saccade {

// A distribution and, but for the reference row, its difference from the reference.
struct ErrorsCell {
  bool is_known = false;  // false: there is no value
  double low = 0, quartile1 = 0, median = 0, quartile3 = 0, high = 0;
  bool has_effect = false, is_significant = false;
  double effect = 0, effect_low = 0, effect_high = 0;  // Cliff's delta and its interval, -1 to 1
};

struct ErrorsRow {
  std::string name, words;          // "Loc", "badly placed"
  std::int64_t all = 0, shown = 0;  // results of any score, those that the cells are of
  double dap = 0;                   // points, 0 to 100; of the reference row not printed
  std::vector<ErrorsCell> cells;    // one a column
  std::vector<double> levels;       // mean share of each level; empty: not drawn
};

struct ErrorsFigure {
  std::string subtitle;
  std::vector<std::string> columns;  // what the cells are of
  std::vector<ErrorsRow> rows;       // the reference (true positives) first
  std::string caption;               // complete sentences
  std::string model;                 // name for the end of the caption; empty: none
};

// Two columns wide. Throws Error where a row has other cells than columns; as write_page.
void draw_errors_figure(const ErrorsFigure& figure, const std::filesystem::path& out,
                        const FigureRecord& record);

}  // namespace saccade
