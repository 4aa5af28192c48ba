// Curves of training: losses and AP over epochs, one panel per quantity, of one run or several.
#pragma once

#include <cstddef>
#include <filesystem>
#include <string>
#include <vector>

#include "saccade/render/figure_file.h"

namespace saccade {

// How many runs colours and shapes tell apart.
inline constexpr std::size_t kMaxCurveRuns = 28;

struct CurvePoint {
  double epoch = 0;
  double value = 0;  // not finite: a gap in the line
};

struct Curve {
  std::size_t run = 0;   // index in CurveFigure::runs
  bool is_test = false;  // of the validation set; dashed where the panel has training curves too
  std::vector<CurvePoint> points;  // ascending epochs; epochs without a value are left out
};

struct CurvePanel {
  std::string name;        // heading, such as "loss"
  std::string note;        // beside it, such as "IoU 0.50:0.95"
  bool from_zero = false;  // the axis begins at 0 also where all values lie far above it
  std::vector<Curve> curves;
};

struct CurveFigure {
  std::vector<std::string> runs;  // names; the title has that of one, a legend those of several
  std::string subtitle;           // such as "epochs 0–5"
  std::vector<CurvePanel> panels;
  std::string source;  // sentences for the end of the caption
};

// A column page with up to two panels side by side, else a double-column page with rows of three (of
// two for four). The legend stands above the panels, the last value of each line right of its panel.
// Throws Error where there is no panel or a run does not exist or is one too many; as write_page.
void draw_curve_figure(const CurveFigure& figure, const std::filesystem::path& out,
                       const FigureRecord& record);

}  // namespace saccade
