// One panel of training curves.
#include "saccade/render/curve_panel.h"

#include <algorithm>
#include <cmath>
#include <cstdio>
#include <limits>
#include <optional>

#include "saccade/core/error.h"
#include "saccade/render/figure_text.h"
#include "saccade/render/page_layout.h"
#include "saccade/render/text_layout.h"

namespace saccade {
namespace {

constexpr double kHeadingRoom = 15, kLabelGap = 7, kMarkRoom = 2.5;
constexpr double kLabelStep = 6.4, kNamedLabelStep = 13;
constexpr std::size_t kMaxLabels = 12;

std::string scientific_text(double value) {
  char buffer[32];
  std::snprintf(buffer, sizeof buffer, "%.1e", std::abs(value));
  std::string text(buffer);
  const std::size_t e = text.find('e');
  const int exponent = std::atoi(text.c_str() + e + 1);
  std::string mantissa = text.substr(0, e);
  if (mantissa.ends_with(".0")) mantissa.resize(mantissa.size() - 2);
  return text_of(value < 0 ? "\u2212" : "", mantissa, "e", exponent < 0 ? "\u2212" : "",
                 std::abs(exponent));
}

// The range of all values with some room to be seen in.
Axis value_axis(const CurvePanel& panel) {
  double low = std::numeric_limits<double>::infinity(), high = -low;
  for (const Curve& curve : panel.curves)
    for (const CurvePoint& point : curve.points)
      if (is_drawable(point)) low = std::min(low, point.value), high = std::max(high, point.value);
  if (low > high) return {};
  const bool flat = high - low < 1e-6 * std::max(std::abs(low), std::abs(high));
  if (low >= 0 && (panel.from_zero || flat || low < 0.6 * high)) low = 0;
  if (high < 0 && flat) high = 0;
  if (high - low < 1e-200) high = low + 1;  // too small for steps
  Axis axis = linear_axis(low, high, 5);
  const double largest = std::max(std::abs(axis.min), std::abs(axis.max));
  if (largest >= 1e9 || largest < 1e-3)
    for (AxisTick& tick : axis.ticks)
      tick.label = tick.value == 0 ? "0" : scientific_text(tick.value);
  return axis;
}

// What stands right of a line's end.
struct EndLabel {
  std::string name, value;
  double y = 0;  // of the last value
  Color color;
  double width() const {
    return std::max(text_width(name, kLegendSize, true), text_width(value, kLegendSize));
  }
};

std::optional<double> last_value(const Curve& curve) {
  for (auto point = curve.points.rbegin(); point != curve.points.rend(); ++point)
    if (is_drawable(*point)) return point->value;
  return std::nullopt;
}

// Light colours are hard to read as text.
Color text_color(Color color) { return luminance(color) > 0.2 ? mix(color, kInk, 0.35) : color; }

std::vector<EndLabel> end_labels(const CurvePanel& panel, bool named) {
  std::vector<EndLabel> labels;
  for (const Curve& curve : panel.curves) {
    const auto value = last_value(curve);
    if (!value) continue;
    const std::string name = !named ? "" : curve.is_test ? "test" : "train";
    labels.push_back(
        {name, curve_value_text(*value), *value, text_color(run_style(curve.run).color)});
  }
  if (labels.size() > kMaxLabels) labels.clear();
  return labels;
}

void draw_end_labels(Canvas& canvas, const Plot& plot, const std::vector<EndLabel>& labels,
                     bool named) {
  std::vector<double> wanted;
  for (const EndLabel& label : labels) wanted.push_back(plot.at(plot.x.max, label.y).y);
  const double step = named ? kNamedLabelStep : kLabelStep;
  const auto places = spread_labels(wanted, step, plot.area.y + (named ? 0 : 1),
                                    plot.area.bottom() - (named ? 5 : 0));
  const double x = plot.area.right() + kLabelGap;
  for (std::size_t i = 0; i < labels.size(); ++i) {
    // Moved away from its line: a hair leads back.
    if (std::abs(places[i] - wanted[i]) > 1)
      canvas.line({plot.area.right() + 2.2, wanted[i]}, {x - 1, places[i]}, {kHair, 0.4});
    canvas.text({x, places[i] + 2}, named ? labels[i].name : labels[i].value,
                {kLegendSize, named, labels[i].color});
    if (named)
      canvas.text({x, places[i] + 8.2}, labels[i].value, {kLegendSize, false, labels[i].color});
  }
}

}  // namespace

Axis epoch_axis(const std::vector<CurvePanel>& panels) {
  double first = std::numeric_limits<double>::infinity(), last = -first;
  for (const CurvePanel& panel : panels)
    for (const Curve& curve : panel.curves)
      for (const CurvePoint& point : curve.points)
        first = std::min(first, point.epoch), last = std::max(last, point.epoch);
  if (first > last) return {};
  if (first == last) return {first - 1, last + 1, false, {{first, number_text(first, 0)}}};
  Axis axis{first, last, false, {}};
  const double step = std::max(1.0, nice_step(last - first, 5));
  for (double tick = std::ceil(first / step) * step; tick <= last; tick += step)
    axis.ticks.push_back({tick, number_text(tick, 0)});
  return axis;
}

std::string curve_value_text(double value) {
  const double size = std::abs(value);
  if (size == 0) return "0";
  if (size >= 1e6 || size < 1e-3) return scientific_text(value);
  return number_text(value, size >= 100 ? 0 : size >= 10 ? 1 : size >= 1 ? 2 : 3);
}

bool has_gap(const CurvePanel& panel) {
  for (const Curve& curve : panel.curves)
    if (!std::all_of(curve.points.begin(), curve.points.end(), is_drawable)) return true;
  return false;
}

bool has_end_values(const CurvePanel& panel) { return !end_labels(panel, false).empty(); }

void draw_curve_panel(Canvas& canvas, const CurvePanel& panel, const CurvePanelPlace& place) {
  const PageRect& rect = place.rect;
  draw_heading(canvas, rect.x, rect.y + 7, rect.width, panel.name, panel.note);
  const bool named = place.name_lines && has_both_kinds(panel);
  const auto labels = end_labels(panel, named);
  double room = kMarkRoom;
  for (const EndLabel& label : labels) room = std::max(room, kLabelGap + label.width());
  Plot plot;
  plot.x = place.epochs, plot.y = value_axis(panel);
  const double left = y_label_room(plot.y);
  plot.area = {rect.x + left, rect.y + kHeadingRoom, rect.width - left - room,
               rect.height - kHeadingRoom - kXTitleRoom};
  draw_axes(canvas, plot, "epoch");
  if (plot.y.ticks.empty())
    canvas.text(plot.area.centre(), "no value", {kLegendSize, false, kInk2, TextAlign::kCentre});
  for (const Curve& curve : panel.curves)
    draw_curve_line(canvas, plot, curve, curve_look(panel, curve));
  for (const Curve& curve : panel.curves)
    draw_curve_marks(canvas, plot, curve, curve_look(panel, curve));
  draw_end_labels(canvas, plot, labels, named);
}

}  // namespace saccade
