// Types of errors and how attention differs there.
#include "saccade/render/errors_figure.h"

#include <algorithm>
#include <cmath>

#include "saccade/core/error.h"
#include "saccade/render/axes.h"
#include "saccade/render/figure_text.h"
#include "saccade/render/legends.h"
#include "saccade/render/page_layout.h"
#include "saccade/render/text_layout.h"

namespace saccade {
namespace {

constexpr double kRowHeight = 27, kNames = 52, kCounts = 44, kCost = 56, kLevels = 66, kGap = 9;
constexpr double kSmall = 5.2, kHeadRoom = 12;
constexpr Color kBar = Color::hex(0x5FA2D4), kBox = Color::hex(0xC4D9EC);

struct Column {
  double x = 0, width = 0;
  Axis axis;
  double place(double value) const { return x + axis.place(value) * width; }
};

// From the smallest to the largest value of a column's distributions.
Axis axis_of(const ErrorsFigure& f, std::size_t column) {
  double low = 0, high = 0;
  for (const ErrorsRow& row : f.rows) {
    const ErrorsCell& cell = row.cells[column];
    if (!cell.is_known) continue;
    low = std::min(low, cell.low);
    high = std::max(high, cell.high);
  }
  return linear_axis(low, high, 3);
}

struct Plan {
  double top = 0;
  double cost_max = 0;
  bool has_levels = false;
  std::vector<Column> columns;
  double bottom(const ErrorsFigure& f) const {
    return top + static_cast<double>(f.rows.size()) * kRowHeight;
  }
};

Plan plan_of(const ErrorsFigure& f, double page_width, double top) {
  Plan plan{.top = top};
  for (const ErrorsRow& row : f.rows) {
    plan.cost_max = std::max(plan.cost_max, row.dap);
    plan.has_levels = plan.has_levels || !row.levels.empty();
  }
  double x = kMargin + kNames + kCounts + kCost + kGap;
  const double room = page_width - kMargin - x - (plan.has_levels ? kLevels + kGap : 0);
  const auto count = static_cast<double>(f.columns.size());
  const double width = (room - (count - 1) * kGap) / count;
  for (std::size_t c = 0; c < f.columns.size(); ++c) {
    plan.columns.push_back({x, width, axis_of(f, c)});
    x += width + kGap;
  }
  return plan;
}

void draw_names(Canvas& canvas, const ErrorsRow& row, double y) {
  canvas.text({kMargin, y + 10}, row.name, {kHeadingSize, true});
  canvas.text({kMargin, y + 17.5}, shorten_text(row.words, kNames - 2, kSmall),
              {kSmall, false, kInk2});
  const double right = kMargin + kNames + kCounts - 8;
  canvas.text({right, y + 10}, text_of(row.all), {kLegendSize, false, kInk, TextAlign::kRight});
  canvas.text({right, y + 17.5}, text_of(row.shown, " shown"),
              {kSmall, false, kInk2, TextAlign::kRight});
}

void draw_cost(Canvas& canvas, const Plan& plan, const ErrorsRow& row, double y) {
  const double x = kMargin + kNames + kCounts;
  const double most = kCost - 24;
  const double width = plan.cost_max > 0 ? most * std::max(0.0, row.dap) / plan.cost_max : 0;
  canvas.fill(PageRect{x, y + 5, width, 6}, kBar);
  canvas.text({x + width + 2, y + 10}, change_text(row.dap, 1), {kLegendSize});
}

void draw_effect(Canvas& canvas, const Column& column, const ErrorsCell& cell, double y) {
  if (!cell.has_effect) return;
  std::string text = "\u03B4 " + change_text(cell.effect, 2);
  if (std::isnan(cell.effect_low)) {
    text += ", not tested";
  } else {
    text +=
        text_of(" [", change_text(cell.effect_low, 2), ", ", change_text(cell.effect_high, 2), "]");
  }
  canvas.text({column.x, y + 20}, text,
              {kSmall, cell.is_significant, cell.is_significant ? kInk : kInk2});
}

void draw_cell(Canvas& canvas, const Column& column, const ErrorsCell& cell, double y) {
  if (!cell.is_known) {
    canvas.text({column.x, y + 10}, "\u2013", {kLegendSize, false, kInk2});
    return;
  }
  const double middle = y + 8, half = 3.4;
  canvas.line({column.place(cell.low), middle}, {column.place(cell.high), middle}, {kInk2, 0.6});
  const double left = column.place(cell.quartile1), right = column.place(cell.quartile3);
  const PageRect box{left, middle - half, std::max(0.4, right - left), 2 * half};
  canvas.fill(box, kBox);
  canvas.stroke(box, {kInk2, 0.4});
  const double median = column.place(cell.median);
  canvas.line({median, middle - half}, {median, middle + half}, {kInk, 1.2});
  draw_effect(canvas, column, cell, y);
}

// The reference's median beside the boxes of each row, not through its words, and the axis below them.
void draw_column_lines(Canvas& canvas, const ErrorsFigure& f, const Plan& plan, std::size_t c) {
  const Column& column = plan.columns[c];
  const double bottom = plan.bottom(f);
  const ErrorsCell& reference = f.rows.front().cells[c];
  for (double y = plan.top; reference.is_known && y < bottom; y += kRowHeight) {
    const double x = column.place(reference.median);
    canvas.line({x, y + 2}, {x, y + 14}, {kInk2, 0.4, {1.6, 1.4}});
  }
  canvas.line({column.x, bottom}, {column.x + column.width, bottom}, {kHair, 0.4});
  for (const AxisTick& tick : fitting_ticks(column.axis, column.width)) {
    const double x = column.place(tick.value);
    canvas.line({x, bottom}, {x, bottom + 1.8}, {kInk2, 0.3});
    canvas.text({x, bottom + 7.6}, tick.label, {kTickSize, false, kInk2, TextAlign::kCentre});
  }
}

void draw_headings(Canvas& canvas, const ErrorsFigure& f, const Plan& plan) {
  const double y = plan.top - 3.5;
  const TextStyle style{kLegendSize, false, kInk2};
  canvas.text({kMargin, y}, "type", style);
  canvas.text({kMargin + kNames + kCounts - 8, y}, "results",
              {kLegendSize, false, kInk2, TextAlign::kRight});
  canvas.text({kMargin + kNames + kCounts, y}, "dAP50, points", style);
  for (std::size_t c = 0; c < f.columns.size(); ++c)
    canvas.text({plan.columns[c].x, y},
                shorten_text(f.columns[c], plan.columns[c].width, kLegendSize), style);
  if (plan.has_levels)
    canvas.text({canvas.width() - kMargin - kLevels, y}, "mean level share", style);
}

double draw_page(Canvas& canvas, const ErrorsFigure& f) {
  const double top = draw_title(canvas, "Errors and what attention did there", f.subtitle);
  const Plan plan = plan_of(f, canvas.width(), top + kHeadRoom);
  draw_headings(canvas, f, plan);
  for (std::size_t c = 0; c < plan.columns.size(); ++c) draw_column_lines(canvas, f, plan, c);
  for (std::size_t r = 0; r < f.rows.size(); ++r) {
    const double y = plan.top + static_cast<double>(r) * kRowHeight;
    canvas.line({kMargin, y}, {canvas.width() - kMargin, y}, {kHair, r <= 1 ? 0.8 : 0.4});
    draw_names(canvas, f.rows[r], y);
    if (r > 0) draw_cost(canvas, plan, f.rows[r], y);
    for (std::size_t c = 0; c < plan.columns.size(); ++c)
      draw_cell(canvas, plan.columns[c], f.rows[r].cells[c], y);
    if (!f.rows[r].levels.empty())
      draw_share_bar(canvas, {canvas.width() - kMargin - kLevels, y + 4.6, kLevels, 7},
                     f.rows[r].levels, true);
  }
  std::string caption = f.caption;
  if (!f.model.empty()) caption += text_of(" Model: ", f.model, ".");
  return draw_caption(canvas, plan.bottom(f) + 13, caption);
}

}  // namespace

void draw_errors_figure(const ErrorsFigure& figure, const std::filesystem::path& out,
                        const FigureRecord& record) {
  if (figure.rows.empty() || figure.columns.empty())
    throw Error("a figure of errors needs rows and columns");
  for (const ErrorsRow& row : figure.rows)
    if (row.cells.size() != figure.columns.size())
      throw Error(text_of("errors of type ", row.name, " have ", row.cells.size(),
                          " cells, expected ", figure.columns.size()));
  write_page(out, kDoubleWidth, kPageDpi, record,
             [&](Canvas& canvas) { return draw_page(canvas, figure); });
}

}  // namespace saccade
