// Axes of plots.
#include "saccade/render/axes.h"

#include <algorithm>
#include <cmath>

#include "saccade/core/sorted_order.h"
#include "saccade/render/figure_text.h"
#include "saccade/render/page_layout.h"
#include "saccade/render/text_layout.h"

namespace saccade {
namespace {

constexpr double kTickLength = 2, kLabelGap = 3;

// Digits after the point that a multiple of `step` needs.
int digits_of(double value) {
  for (int digits = 0; digits < 6; ++digits) {
    const double scaled = value * std::pow(10.0, digits);
    if (std::abs(scaled - std::round(scaled)) < 1e-6 * std::max(1.0, std::abs(scaled)))
      return digits;
  }
  return 6;
}

// A label stays under its plot, whose right neighbour may be near.
double label_centre(double wanted, double half, double length) {
  return std::min(wanted, length + 2 - half);
}

}  // namespace

double Axis::place(double value) const {
  if (is_log) return std::log(std::max(value, 1e-300) / min) / std::log(max / min);
  return (value - min) / (max - min);
}

double nice_step(double span, int about) {
  if (!(span > 0) || !std::isfinite(span)) return 1;
  const double raw = span / std::max(1, about), decade = std::pow(10, std::floor(std::log10(raw)));
  for (const double factor : {1.0, 2.0, 5.0})
    if (factor * decade >= raw * (1 - 1e-9)) return factor * decade;
  return 10 * decade;
}

Axis linear_axis(double min, double max, int about, bool whole) {
  if (!(max > min)) max = min + 1;
  double step = nice_step(max - min, about);
  if (whole) step = std::max(1.0, step);
  const double first = std::floor(min / step + 1e-9), last = std::ceil(max / step - 1e-9);
  Axis axis{first * step, last * step, false, {}};
  for (double i = first; i <= last; ++i) axis.ticks.push_back({i * step, tick_text(i * step)});
  return axis;
}

Axis log_axis(double min, double max, double base) {
  if (!(min > 0)) min = 1e-3;
  if (!(max > min)) max = min * base;
  Axis axis{min, max, true, {}};
  const double first = std::ceil(std::log(min) / std::log(base) - 1e-9);
  for (double i = first; std::pow(base, i) <= max * (1 + 1e-9); ++i)
    axis.ticks.push_back({std::pow(base, i), tick_text(std::pow(base, i))});
  return axis;
}

std::string tick_text(double value) {
  const double size = std::abs(value);
  const double unit = size >= 1e6 ? 1e6 : size >= 1e4 ? 1e3 : 1;
  const std::string suffix = size >= 1e6 ? "M" : size >= 1e4 ? "k" : "";
  const double shown = value / unit;
  return number_text(shown, digits_of(shown)) + suffix;
}

std::vector<AxisTick> fitting_ticks(const Axis& axis, double length) {
  std::vector<AxisTick> fitting;
  double free = -1e9;
  for (const AxisTick& tick : axis.ticks) {
    const double half = text_width(tick.label, kTickSize) / 2;
    const double centre = label_centre(axis.place(tick.value) * length, half, length);
    if (centre - half < free) continue;
    fitting.push_back(tick);
    free = centre + half + kLabelGap;
  }
  return fitting;
}

PagePoint Plot::at(double x_value, double y_value) const {
  return {area.x + x.place(x_value) * area.width, area.bottom() - y.place(y_value) * area.height};
}

double y_label_room(const Axis& y) {
  double widest = 0;
  for (const AxisTick& tick : y.ticks) widest = std::max(widest, text_width(tick.label, kTickSize));
  return widest + kLabelGap;
}

void draw_axes(Canvas& canvas, const Plot& plot, std::string_view x_title, bool columns) {
  const PageRect& area = plot.area;
  for (const AxisTick& tick : plot.y.ticks) {
    const double y = plot.at(plot.x.min, tick.value).y;
    canvas.line({area.x, y}, {area.right(), y}, {kHair, 0.4});
    canvas.text({area.x - kLabelGap, y + 2}, tick.label,
                {kTickSize, false, kInk2, TextAlign::kRight});
  }
  for (const AxisTick& tick : fitting_ticks(plot.x, area.width)) {
    const double x = plot.at(tick.value, plot.y.min).x;
    if (columns) canvas.line({x, area.y}, {x, area.bottom()}, {kHair, 0.4});
    canvas.line({x, area.bottom()}, {x, area.bottom() + kTickLength}, {kInk2, 0.5});
    const double half = text_width(tick.label, kTickSize) / 2;
    canvas.text({area.x + label_centre(x - area.x, half, area.width), area.bottom() + 8},
                tick.label, {kTickSize, false, kInk2, TextAlign::kCentre});
  }
  canvas.line({area.x, area.bottom()}, {area.right(), area.bottom()}, {kInk2, 0.5});
  canvas.text({area.right(), area.bottom() + 15}, shorten_text(x_title, area.width, kLegendSize),
              {kLegendSize, false, kInk, TextAlign::kRight});
}

void draw_bars(Canvas& canvas, const Plot& plot, const std::vector<double>& edges,
               const std::vector<std::int64_t>& counts, Color color) {
  for (std::size_t i = 0; i < counts.size() && i + 1 < edges.size(); ++i) {
    if (counts[i] <= 0) continue;
    const PagePoint low = plot.at(edges[i], 0), high = plot.at(edges[i + 1], double(counts[i]));
    const double gap = std::min(0.6, 0.15 * (high.x - low.x));
    // A bar of a few boxes among thousands is still to be seen.
    const double height = std::max(0.5, low.y - high.y);
    canvas.fill(PageRect{low.x + gap / 2, low.y - height, high.x - low.x - gap, height}, color);
  }
}

std::vector<double> spread_labels(std::vector<double> wanted, double gap, double top,
                                  double bottom) {
  const std::size_t n = wanted.size();
  if (n == 0) return wanted;
  if (gap * static_cast<double>(n - 1) > bottom - top)
    gap = (bottom - top) / static_cast<double>(std::max<std::size_t>(1, n - 1));
  const auto order =
      sorted_order(n, [&](std::size_t a, std::size_t b) { return wanted[a] < wanted[b]; });
  double free = top;
  for (const std::size_t i : order) {
    wanted[i] = std::max(wanted[i], free);
    free = wanted[i] + gap;
  }
  double limit = bottom;
  for (auto i = order.rbegin(); i != order.rend(); ++i) {
    wanted[*i] = std::min(wanted[*i], limit);
    limit = wanted[*i] - gap;
  }
  return wanted;
}

}  // namespace saccade
