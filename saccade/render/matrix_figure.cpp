// A sweep as a matrix of numbers.
#include "saccade/render/matrix_figure.h"

#include <algorithm>
#include <cmath>
#include <limits>

#include "saccade/core/error.h"
#include "saccade/render/figure_text.h"
#include "saccade/render/hatch.h"
#include "saccade/render/matrix_legend.h"
#include "saccade/render/matrix_numbers.h"
#include "saccade/render/page_layout.h"
#include "saccade/render/text_layout.h"

namespace saccade {
namespace {

constexpr double kMaxCell = 24, kNarrowCell = 20;  // width; narrower than that, two columns wide
constexpr double kCellHeight = 15.5, kLowCell = 11, kCellGap = 0.7;
constexpr std::size_t kManyRows = 24;  // more than that, rows are lower
constexpr double kNumberSize = 6, kSmallestNumber = 4.2, kPad = 1;
constexpr double kNameGap = 5, kMeansGap = 4, kExtremeLine = 8.5;

bool has_interval(const MatrixCell& cell) {
  return is_measured(cell) && std::isfinite(cell.low) && std::isfinite(cell.high);
}

const MatrixCell& cell_at(const MatrixFigure& f, std::size_t row, std::size_t column) {
  return f.cells[row * f.columns.size() + column];
}

// Where things lie; the same on both passes over the page.
struct Plan {
  double page_width = kColumnWidth;
  double names = 0;  // width of the rows' names
  double cell = kMaxCell, height = kCellHeight;
  double number_size = kNumberSize;  // 0: numbers do not fit
  bool mean_column = false, mean_row = false;
  WeightRange range;

  double left() const { return kMargin + names + kNameGap; }
  PageRect rect(double top, std::size_t row, std::size_t column) const {
    return {left() + static_cast<double>(column) * cell, top + static_cast<double>(row) * height,
            cell - kCellGap, height - kCellGap};
  }
};

void fit_cells(Plan& plan, const MatrixFigure& f, double page_width) {
  double longest = plan.mean_row ? text_width("mean", kLegendSize) : 0;
  for (const std::string& row : f.rows) longest = std::max(longest, text_width(row, kLegendSize));
  plan.page_width = page_width;
  plan.names = std::min(longest, page_width / 4);
  const double cells = static_cast<double>(f.columns.size()) + (plan.mean_column ? 1 : 0);
  const double room = page_width - kMargin - plan.left() - (plan.mean_column ? kMeansGap : 0);
  plan.cell = std::min(kMaxCell, room / cells);
}

// The size at which the widest number fits; 0 where it would be too small to read.
double number_size(const MatrixFigure& f, double cell) {
  double widest = 0;
  for (const MatrixCell& c : f.cells)
    if (is_measured(c))
      widest = std::max(widest, text_width(matrix_number(c.value), kNumberSize, c.is_significant));
  const double room = cell - kCellGap - 2 * kPad;
  const double size = widest > room ? kNumberSize * room / widest : kNumberSize;
  return size < kSmallestNumber ? 0 : size;
}

Plan plan_of(const MatrixFigure& f) {
  Plan plan;
  plan.mean_column = f.means && f.columns.size() > 1;
  plan.mean_row = f.means && f.rows.size() > 1;
  fit_cells(plan, f, kColumnWidth);
  if (plan.cell < kNarrowCell) fit_cells(plan, f, kDoubleWidth);
  if (f.rows.size() > kManyRows) plan.height = kLowCell;
  plan.number_size = number_size(f, plan.cell);
  plan.range = {WeightScale::kLinear, matrix_range(f), true};
  return plan;
}

// Mean of the known cells; NaN where there is none.
double mean_of(const MatrixFigure& f, std::size_t first, std::size_t step, std::size_t count) {
  double sum = 0, known = 0;
  for (std::size_t i = 0; i < count; ++i) {
    const MatrixCell& cell = f.cells[first + i * step];
    if (is_measured(cell)) sum += cell.value, ++known;
  }
  return known > 0 ? sum / known : std::numeric_limits<double>::quiet_NaN();
}

void draw_number(Canvas& canvas, const Plan& plan, const PageRect& rect, std::string_view number,
                 TextStyle style) {
  if (plan.number_size == 0) return;
  style.size = plan.number_size, style.align = TextAlign::kCentre;
  canvas.text({rect.centre().x, rect.centre().y + 0.36 * style.size}, number, style);
}

void draw_blank(Canvas& canvas, const Plan& plan, const PageRect& rect) {
  canvas.stroke(rect.grown(-0.2), {kHair, 0.3});
  draw_number(canvas, plan, rect, "\u2013", {0, false, kInk2});
}

void draw_cell(Canvas& canvas, const Plan& plan, const PageRect& rect, const MatrixCell& cell) {
  if (!is_measured(cell)) return draw_blank(canvas, plan, rect);
  const Color color = plan.range.color(cell.value);
  canvas.fill(rect, color);
  if (!cell.is_significant) draw_fine_hatch(canvas, rect);
  TextStyle style{0, cell.is_significant, text_color_on(color)};
  if (!cell.is_significant) style.halo = 0.75, style.halo_color = color;
  draw_number(canvas, plan, rect, matrix_number(cell.value), style);
}

void draw_mean(Canvas& canvas, const Plan& plan, const PageRect& rect, double mean) {
  if (std::isnan(mean)) return draw_blank(canvas, plan, rect);
  const Color color = plan.range.color(mean);
  canvas.fill(rect, color);
  draw_number(canvas, plan, rect, matrix_number(mean), {0, false, text_color_on(color)});
}

// Over a column: smaller, then shortened, where it is wider than the cells.
void draw_column_name(Canvas& canvas, const Plan& plan, double centre, double baseline,
                      std::string_view name, Color color) {
  const double room = plan.cell - kCellGap, wide = text_width(name, kLegendSize);
  const double size = std::clamp(kLegendSize * room / std::max(wide, 0.1), 4.8, kLegendSize);
  canvas.text({centre, baseline}, shorten_text(name, room + 0.01, size),
              {size, false, color, TextAlign::kCentre});
}

void draw_row_name(Canvas& canvas, const Plan& plan, const PageRect& first, std::string_view name,
                   Color color) {
  canvas.text({kMargin, first.centre().y + 2.1}, shorten_text(name, plan.names + 0.01, kLegendSize),
              {kLegendSize, false, color});
}

void draw_frames(Canvas& canvas, const MatrixFigure& f, const Plan& plan, double top) {
  for (const double sign : {-1.0, 1.0}) {
    const MatrixCell* cell = matrix_extreme(f, sign);
    if (cell == nullptr) continue;
    const auto at = static_cast<std::size_t>(cell - f.cells.data());
    const PageRect rect = plan.rect(top, at / f.columns.size(), at % f.columns.size());
    canvas.stroke(rect.grown(-0.2), {kInk, 1.1});
  }
}

void draw_row(Canvas& canvas, const MatrixFigure& f, const Plan& plan, double top,
              std::size_t row) {
  const std::size_t columns = f.columns.size();
  draw_row_name(canvas, plan, plan.rect(top, row, 0), f.rows[row], kInk);
  for (std::size_t c = 0; c < columns; ++c)
    draw_cell(canvas, plan, plan.rect(top, row, c), cell_at(f, row, c));
  if (plan.mean_column) {
    PageRect rect = plan.rect(top, row, columns);
    rect.x += kMeansGap;
    draw_mean(canvas, plan, rect, mean_of(f, row * columns, 1, columns));
  }
}

// Where the intervals of a single column are drawn, and the values at its ends.
struct IntervalPlot {
  PageRect area;
  double min = 0, max = 0;

  double x(double value) const { return area.x + (value - min) / (max - min) * area.width; }
};

IntervalPlot interval_plot(const MatrixFigure& f, const Plan& plan, double top) {
  IntervalPlot plot;
  double words = 0;
  for (const MatrixCell& cell : f.cells) {
    if (!has_interval(cell)) continue;
    plot.min = std::min({plot.min, cell.low, cell.value});
    plot.max = std::max({plot.max, cell.high, cell.value});
    words = std::max(words, text_width(matrix_interval(cell, 2), kTickSize));
  }
  const PageRect first = plan.rect(top, 0, 0);
  const double x = first.right() + kNameGap + words + 12, right = plan.page_width - kMargin - 4;
  plot.area = {x, top, right - x, static_cast<double>(f.rows.size()) * plan.height - kCellGap};
  return plot;
}

// Beside the cells of a single column: each interval in numbers and as a line with its value.
void draw_intervals(Canvas& canvas, const MatrixFigure& f, const Plan& plan, double top) {
  const IntervalPlot plot = interval_plot(f, plan, top);
  const bool has_plot = plot.max > plot.min && plot.area.width > 30;
  if (has_plot) {
    canvas.line({plot.x(0), plot.area.y}, {plot.x(0), plot.area.bottom()}, {kHair, 0.5});
    canvas.text({plot.x(0), top - 2.9}, "0", {kTickSize, false, kInk2, TextAlign::kCentre});
  }
  for (std::size_t row = 0; row < f.rows.size(); ++row) {
    const MatrixCell& cell = f.cells[row];
    if (!has_interval(cell)) continue;
    const PageRect rect = plan.rect(top, row, 0);
    const double y = rect.centre().y;
    canvas.text({rect.right() + kNameGap, y + 2}, matrix_interval(cell, 2),
                {kTickSize, false, kInk2});
    if (!has_plot) continue;
    canvas.line({plot.x(cell.low), y}, {plot.x(cell.high), y}, {kInk2, 0.8});
    const Shape dot{true, {plot.x(cell.value), y}, cell.is_significant ? 2.0 : 1.5, {}};
    canvas.fill(dot, cell.is_significant ? kInk : kPaper);
    canvas.stroke(dot, {kInk, 0.6});
  }
}

// Names of the columns, cells, means; returns the lower end.
double draw_cells(Canvas& canvas, const MatrixFigure& f, const Plan& plan, double y) {
  const std::size_t rows = f.rows.size(), columns = f.columns.size();
  const double top = y + 11.7;
  for (std::size_t c = 0; c < columns; ++c)
    draw_column_name(canvas, plan, plan.rect(top, 0, c).centre().x, y + 8.8, f.columns[c], kInk);
  if (plan.mean_column)
    draw_column_name(canvas, plan, plan.rect(top, 0, columns).centre().x + kMeansGap, y + 8.8,
                     "mean", kInk2);
  for (std::size_t r = 0; r < rows; ++r) draw_row(canvas, f, plan, top, r);
  if (columns == 1) draw_intervals(canvas, f, plan, top);
  draw_frames(canvas, f, plan, top);
  const double bottom = top + static_cast<double>(rows) * plan.height;
  if (!plan.mean_row) return bottom;
  draw_row_name(canvas, plan, plan.rect(bottom + kMeansGap, 0, 0), "mean", kInk2);
  for (std::size_t c = 0; c < columns; ++c)
    draw_mean(canvas, plan, plan.rect(bottom + kMeansGap, 0, c), mean_of(f, c, columns, rows));
  return bottom + kMeansGap + plan.height;
}

double draw_page(Canvas& canvas, const MatrixFigure& f, const Plan& plan) {
  const double top = draw_title(canvas, f.title, f.subtitle);
  double y =
      draw_matrix_legend(canvas, f, plan.range, plan.left(), draw_cells(canvas, f, plan, top) + 8);
  for (const std::string& line : matrix_extremes(f)) {
    y += kExtremeLine;
    canvas.text({kMargin, y}, shorten_middle(line, plan.page_width - 2 * kMargin, kLegendSize),
                {kLegendSize});
  }
  std::string caption = f.caption;
  if (plan.number_size == 0) caption += " Cells are too narrow for their numbers.";
  if (!f.model.empty()) caption += text_of(" Model: ", f.model, ".");
  return draw_caption(canvas, y + 5, caption);
}

void check_figure(const MatrixFigure& f) {
  if (f.rows.empty() || f.columns.empty()) throw Error("a matrix needs rows and columns");
  if (f.cells.size() != f.rows.size() * f.columns.size())
    throw Error(text_of("a matrix of ", f.rows.size(), " x ", f.columns.size(), " has ",
                        f.cells.size(), " cells, expected ", f.rows.size() * f.columns.size()));
}

}  // namespace

void draw_matrix_figure(const MatrixFigure& figure, const std::filesystem::path& out,
                        const FigureRecord& record) {
  check_figure(figure);
  const Plan plan = plan_of(figure);
  write_page(out, plan.page_width, kPageDpi, record,
             [&](Canvas& canvas) { return draw_page(canvas, figure, plan); });
}

}  // namespace saccade
