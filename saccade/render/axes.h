// Axes of plots: ticks at round numbers, grids, titles, histograms. For curves and statistics alike.
#pragma once

#include <cstdint>
#include <string>
#include <vector>

#include "saccade/render/canvas.h"

namespace saccade {

struct AxisTick {
  double value = 0;
  std::string label;
};

// Values along one side of a plot.
struct Axis {
  double min = 0, max = 1;
  bool is_log = false;  // min > 0
  std::vector<AxisTick> ticks;

  // 0 at min, 1 at max; values beyond stay beyond.
  double place(double value) const;
};

// 1, 2 or 5 times a power of ten, the smallest that gives at most `about` steps over `span`; 1 where
// span is not above 0.
double nice_step(double span, int about);

// From a round number at or below `min` to one at or above `max`, at most about `about` steps;
// `whole`: steps of at least 1. An empty range is widened.
Axis linear_axis(double min, double max, int about = 4, bool whole = false);

// From min to max, both above 0, with ticks at powers of `base`.
Axis log_axis(double min, double max, double base = 10);

// As ticks print it: "0", "0.25", "20k", "1.5M".
std::string tick_text(double value);

// The ticks whose labels fit side by side along `length` points; the first and every further one that
// leaves a gap.
std::vector<AxisTick> fitting_ticks(const Axis& axis, double length);

struct Plot {
  PageRect area;  // of the data; labels lie outside
  Axis x, y;

  PagePoint at(double x_value, double y_value) const;
};

// Room that y's labels take left of the area, and all words below it.
double y_label_room(const Axis& y);
inline constexpr double kXLabelRoom = 9, kXTitleRoom = 16;

// Horizontal grid at y's ticks, the bottom line with x's ticks, both with labels; x's title at the right
// below them. `columns`: vertical grid lines too.
void draw_axes(Canvas& canvas, const Plot& plot, std::string_view x_title, bool columns = false);

// Bars from edges[i] to edges[i + 1] of the plot's x axis.
void draw_bars(Canvas& canvas, const Plot& plot, const std::vector<double>& edges,
               const std::vector<std::int64_t>& counts, Color color);

// Labels of lines at the right of a plot: their y moved as little as keeps them `gap` apart and
// between `top` and `bottom`; where they do not fit, evenly. Returns one y per entry.
std::vector<double> spread_labels(std::vector<double> wanted, double gap, double top,
                                  double bottom);

}  // namespace saccade
