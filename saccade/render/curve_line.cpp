// Lines and marks of training curves.
#include "saccade/render/curve_line.h"

#include <algorithm>
#include <array>
#include <cmath>

namespace saccade {
namespace {

constexpr std::size_t kFewPoints = 3, kSomePoints = 16, kManyPoints = 40, kDensePoints = 200;
constexpr double kLargest = 1e30;  // beyond it a value is as good as infinite, and axes lose digits

constexpr std::array kRunColors = {Color::hex(0x0072B2),
                                   Color::hex(0xD55E00),
                                   Color::hex(0x009E73),
                                   Color::hex(0xCC79A7),
                                   Color::hex(0xE69F00),
                                   Color::hex(0x56B4E9),
                                   kInk};

}  // namespace

bool is_drawable(const CurvePoint& point) { return std::abs(point.value) <= kLargest; }

bool has_both_kinds(const CurvePanel& panel) {
  const auto is_test = [](const Curve& curve) { return curve.is_test; };
  return std::any_of(panel.curves.begin(), panel.curves.end(), is_test) &&
         !std::all_of(panel.curves.begin(), panel.curves.end(), is_test);
}

RunStyle run_style(std::size_t run) {
  return {kRunColors[run % kRunColors.size()],
          level_shape(static_cast<int>(run / kRunColors.size() % 4))};
}

void draw_curve_mark(Canvas& canvas, PagePoint at, const RunStyle& style, double radius,
                     bool hollow) {
  const Shape shape = mark_shape(style.shape, at, radius);
  canvas.fill(shape, hollow ? kPaper : style.color);
  canvas.stroke(shape, {hollow ? style.color : kPaper, hollow ? 0.6 : 0.3});
}

std::vector<double> test_dash(double width) { return {1.2 + 1.6 * width, 1.0 + width}; }

CurveLook curve_look(const CurvePanel& panel, const Curve& curve) {
  std::size_t points = 0, runs = 0;
  for (const Curve& c : panel.curves) {
    points = std::max(points, c.points.size());
    runs = std::max(runs, c.run + 1);
  }
  CurveLook look{run_style(curve.run), curve.is_test && has_both_kinds(panel)};
  look.width = points <= kManyPoints ? 1.1 : points <= kDensePoints ? 0.8 : 0.55;
  if (points <= kManyPoints) look.radius = points <= kSomePoints ? 1.7 : 1.2;
  if (curve.points.size() <= kFewPoints) look.radius = 2.1;
  // Colours come again: only shapes tell these runs apart.
  if (points > kManyPoints && runs > kRunColors.size()) {
    look.radius = 1.4, look.every = points / 6;
    look.from = (curve.run * 5 % runs) * look.every / runs;
  }
  return look;
}

void draw_curve_line(Canvas& canvas, const Plot& plot, const Curve& curve, const CurveLook& look) {
  const Stroke stroke{look.style.color, look.width,
                      look.dashed ? test_dash(look.width) : std::vector<double>{}, !look.dashed};
  std::vector<PagePoint> line;
  for (const CurvePoint& point : curve.points) {
    if (is_drawable(point)) {
      line.push_back(plot.at(point.epoch, point.value));
      continue;
    }
    canvas.lines(line, stroke);
    line.clear();
  }
  canvas.lines(line, stroke);
}

void draw_curve_marks(Canvas& canvas, const Plot& plot, const Curve& curve, const CurveLook& look) {
  const auto& points = curve.points;
  for (std::size_t i = 0; i < points.size(); ++i) {
    if (!is_drawable(points[i])) continue;
    const bool alone = (i == 0 || !is_drawable(points[i - 1])) &&
                       (i + 1 == points.size() || !is_drawable(points[i + 1]));
    const bool chosen = look.radius > 0 && i % look.every == look.from;
    if (alone || chosen)
      draw_curve_mark(canvas, plot.at(points[i].epoch, points[i].value), look.style,
                      look.radius > 0 ? look.radius : look.width, look.dashed);
  }
}

}  // namespace saccade
