// One panel of training curves.
#pragma once

#include <string>

#include "saccade/render/axes.h"
#include "saccade/render/curve_line.h"

namespace saccade {

// From the first to the last epoch of all panels, ticks at whole numbers; one epoch stands in the
// middle.
Axis epoch_axis(const std::vector<CurvePanel>& panels);

// A finite number with three digits or so: "21.3", "0.445", "2e\u22124", "0".
std::string curve_value_text(double value);

// Values that cannot be drawn: not finite, or beyond 1e30.
bool has_gap(const CurvePanel& panel);
// The last value of each line stands at its right; too many lines have no room for that.
bool has_end_values(const CurvePanel& panel);

struct CurvePanelPlace {
  PageRect rect;  // heading, labels and all
  Axis epochs;
  bool name_lines = false;  // "train" and "test" at the lines' ends
};
void draw_curve_panel(Canvas& canvas, const CurvePanel& panel, const CurvePanelPlace& place);

}  // namespace saccade
