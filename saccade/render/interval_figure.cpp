// Numbers with their intervals.
#include "saccade/render/interval_figure.h"

#include <algorithm>
#include <cmath>

#include "saccade/core/error.h"
#include "saccade/render/axes.h"
#include "saccade/render/page_layout.h"
#include "saccade/render/text_layout.h"

namespace saccade {
namespace {

constexpr double kRowHeight = 9.5, kHeadingRoom = 14, kTicksRoom = 12, kBandGap = 8,
                 kColumnGap = 19;
constexpr double kNameGap = 6, kRadius = 2, kWhisker = 1, kLegendHeight = 11;
constexpr std::size_t kMaxPanels = 4;
constexpr Color kBetterColor = Color::hex(0x0072B2), kWorseColor = Color::hex(0xD55E00);

bool has_interval(const IntervalMark& mark) {
  return std::isfinite(mark.low) && std::isfinite(mark.high);
}

Color color_of(IntervalKind kind) {
  switch (kind) {
    case IntervalKind::kBetter:
      return kBetterColor;
    case IntervalKind::kWorse:
      return kWorseColor;
    case IntervalKind::kNone:
      return kInk2;
  }
  return kInk;
}

void draw_symbol(Canvas& canvas, PagePoint at, IntervalKind kind) {
  const Color color = color_of(kind);
  if (kind == IntervalKind::kWorse) {
    const PageRect square{at.x - kRadius * 0.9, at.y - kRadius * 0.9, kRadius * 1.8, kRadius * 1.8};
    canvas.fill(square, color);
    return;
  }
  const Shape circle{.circle = true, .centre = at, .radius = kRadius};
  canvas.fill(circle, kind == IntervalKind::kBetter ? color : kPaper);
  canvas.stroke(circle, {color, 0.7});
}

// All intervals and 0.
Axis axis_of(const IntervalPanel& panel) {
  double low = 0, high = 0;
  for (const IntervalMark& mark : panel.marks) {
    if (!std::isfinite(mark.value)) continue;
    low = std::min(low, has_interval(mark) ? mark.low : mark.value);
    high = std::max(high, has_interval(mark) ? mark.high : mark.value);
  }
  if (high - low < 1e-6) low = -0.01, high = 0.01;
  return linear_axis(low, high, 4);
}

// Vertical grid, ticks below, 0 as a line of its own.
void draw_frame(Canvas& canvas, const Plot& plot) {
  const PageRect& area = plot.area;
  const auto ticks = fitting_ticks(plot.x, area.width);
  for (const AxisTick& tick : ticks) {
    const double x = plot.at(tick.value, 0).x;
    canvas.line({x, area.y}, {x, area.bottom()}, {kHair, 0.4});
    canvas.text({x, area.bottom() + 7.5}, tick.label,
                {kTickSize, false, kInk2, TextAlign::kCentre});
  }
  const double zero = plot.at(0, 0).x;
  canvas.line({zero, area.y}, {zero, area.bottom()}, {kInk, 0.7});
  canvas.line({area.x, area.bottom()}, {area.right(), area.bottom()}, {kInk2, 0.5});
}

void draw_mark(Canvas& canvas, const Plot& plot, double y, const IntervalMark& mark) {
  if (!std::isfinite(mark.value)) {
    canvas.text({plot.area.centre().x, y + 2}, "\u2013",
                {kLegendSize, false, kInk2, TextAlign::kCentre});
    return;
  }
  if (has_interval(mark)) {
    const double low = plot.at(mark.low, 0).x, high = plot.at(mark.high, 0).x;
    const Stroke stroke{color_of(mark.kind), 0.9};
    canvas.line({low, y}, {high, y}, stroke);
    for (const double x : {low, high}) canvas.line({x, y - kWhisker}, {x, y + kWhisker}, stroke);
  }
  draw_symbol(canvas, {plot.at(mark.value, 0).x, y}, mark.kind);
}

void draw_panel(Canvas& canvas, const IntervalPanel& panel, const PageRect& rect) {
  draw_heading(canvas, rect.x, rect.y + 7, rect.width, panel.name, panel.note);
  Plot plot;
  plot.area = {rect.x, rect.y + kHeadingRoom, rect.width, rect.height - kHeadingRoom - kTicksRoom};
  plot.x = axis_of(panel), plot.y = {0, 1, false, {}};
  draw_frame(canvas, plot);
  for (std::size_t row = 0; row < panel.marks.size(); ++row)
    draw_mark(canvas, plot, plot.area.y + (static_cast<double>(row) + 0.5) * kRowHeight,
              panel.marks[row]);
}

// Returns its lower end.
double draw_band(Canvas& canvas, const IntervalBand& band, double y, double names) {
  const double height =
      kHeadingRoom + kRowHeight * static_cast<double>(band.rows.size()) + kTicksRoom;
  for (std::size_t row = 0; row < band.rows.size(); ++row)
    canvas.text({kMargin, y + kHeadingRoom + (static_cast<double>(row) + 0.5) * kRowHeight + 2},
                shorten_text(band.rows[row], names, kLegendSize), {kLegendSize});
  const double left = kMargin + names + kNameGap;
  const auto count = static_cast<double>(band.panels.size());
  const double width = (canvas.width() - kMargin - left - kColumnGap * (count - 1)) / count;
  for (std::size_t i = 0; i < band.panels.size(); ++i)
    draw_panel(canvas, band.panels[i],
               {left + static_cast<double>(i) * (width + kColumnGap), y, width, height});
  return y + height + kBandGap;
}

// Returns its lower end.
double draw_legend(Canvas& canvas, double y) {
  double x = kMargin + kRadius;
  for (const auto& [kind, words] : {std::pair(IntervalKind::kBetter, "edge over random"),
                                    std::pair(IntervalKind::kNone, "not shown, or not tested"),
                                    std::pair(IntervalKind::kWorse, "worse than random")}) {
    draw_symbol(canvas, {x, y + 4}, kind);
    x += kRadius + 3;
    x += canvas.text({x, y + 6}, words, {kLegendSize}) + 12;
  }
  return y + kLegendHeight;
}

double draw_page(Canvas& canvas, const IntervalFigure& figure) {
  double names = 0;
  for (const IntervalBand& band : figure.bands)
    for (const std::string& row : band.rows) names = std::max(names, text_width(row, kLegendSize));
  names = std::min(names + 0.1, canvas.width() / 5);
  double y = draw_legend(canvas, draw_title(canvas, figure.title, figure.subtitle));
  for (const IntervalBand& band : figure.bands) y = draw_band(canvas, band, y, names);
  const std::string model = figure.model.empty() ? "" : " Model: " + figure.model + ".";
  return draw_caption(canvas, y, figure.caption + model);
}

void check_figure(const IntervalFigure& figure) {
  if (figure.bands.empty()) throw Error("a figure of intervals needs a panel");
  for (const IntervalBand& band : figure.bands) {
    if (band.rows.empty() || band.panels.empty() || band.panels.size() > kMaxPanels)
      throw Error(text_of("a band of ", band.panels.size(), " panels and ", band.rows.size(),
                          " rows cannot be drawn"));
    for (const IntervalPanel& panel : band.panels)
      if (panel.marks.size() != band.rows.size())
        throw Error(text_of(panel.name, ": ", panel.marks.size(), " marks for ", band.rows.size(),
                            " rows"));
  }
}

}  // namespace

void draw_interval_figure(const IntervalFigure& figure, const std::filesystem::path& out,
                          const FigureRecord& record) {
  check_figure(figure);
  write_page(out, kDoubleWidth, kPageDpi, record,
             [&](Canvas& canvas) { return draw_page(canvas, figure); });
}

}  // namespace saccade
