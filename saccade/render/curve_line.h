// Lines and marks of training curves: colours and shapes of runs, thin lines for many epochs.
#pragma once

#include <vector>

#include "saccade/render/axes.h"
#include "saccade/render/curve_figure.h"
#include "saccade/render/marks.h"

namespace saccade {

// Seven colours that differ for every kind of colour vision and are seen on white, then the same with
// the next shape.
struct RunStyle {
  Color color;
  MarkShape shape = MarkShape::kCircle;
};
RunStyle run_style(std::size_t run);

// A point of a line: filled for training, hollow for validation.
void draw_curve_mark(Canvas& canvas, PagePoint at, const RunStyle& style, double radius,
                     bool hollow);

// The dashes of validation lines of this width.
std::vector<double> test_dash(double width);

// False for values that are not finite, or beyond 1e30.
bool is_drawable(const CurvePoint& point);
// Training and validation curves.
bool has_both_kinds(const CurvePanel& panel);

struct CurveLook {
  RunStyle style;
  bool dashed = false;
  double width = 1.2;
  double radius = 0;                // of marks; 0: none but for points that no line reaches
  std::size_t every = 1, from = 0;  // which points have one
};
// The more points the panel's longest curve has, the thinner; marks where there are few, or where there
// are more runs than colours.
CurveLook curve_look(const CurvePanel& panel, const Curve& curve);

// Broken where a value cannot be drawn.
void draw_curve_line(Canvas& canvas, const Plot& plot, const Curve& curve, const CurveLook& look);
// Also a mark for each point that no line reaches.
void draw_curve_marks(Canvas& canvas, const Plot& plot, const Curve& curve, const CurveLook& look);

}  // namespace saccade
