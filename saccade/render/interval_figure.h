// Numbers with their intervals, one row for each of several things that are compared, side by side for several measures.
#pragma once

#include <filesystem>
#include <string>
#include <vector>

#include "saccade/render/figure_file.h"

namespace saccade {

// What an interval shows: better or worse than what it is held against, or not shown to be either.
enum class IntervalKind { kNone, kBetter, kWorse };

struct IntervalMark {
  double value = 0;          // not finite: nothing is drawn but a dash
  double low = 0, high = 0;  // not finite: the value stands alone
  IntervalKind kind = IntervalKind::kNone;
};

struct IntervalPanel {
  std::string name;                 // heading, such as "deletion, noise"
  std::string note;                 // beside it in grey, such as "\u2190"
  std::vector<IntervalMark> marks;  // one for each row
};

// Panels of the same rows; as many side by side as there are.
struct IntervalBand {
  std::vector<std::string> rows;
  std::vector<IntervalPanel> panels;  // 1 to 4
};

struct IntervalFigure {
  std::string title, subtitle;
  std::vector<IntervalBand> bands;  // one below the other
  std::string caption;              // complete sentences
  std::string model;                // name for the end of the caption; empty: none
};

// A double-column page. Every panel has its own axis, which holds 0, a line. Better: a filled circle in blue; worse: a filled
// square in vermillion; neither: a hollow circle in grey. Throws Error where a band has no row, no panel or too many, or the
// marks do not fit the rows; as write_page.
void draw_interval_figure(const IntervalFigure& figure, const std::filesystem::path& out,
                          const FigureRecord& record);

}  // namespace saccade
