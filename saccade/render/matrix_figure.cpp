// A sweep as a matrix of numbers.
#include "saccade/render/matrix_figure.h"

#include <algorithm>
#include <cmath>
#include <limits>

#include "saccade/core/error.h"
#include "saccade/render/figure_text.h"
#include "saccade/render/hatch.h"
#include "saccade/render/page_layout.h"
#include "saccade/render/text_layout.h"

namespace saccade {
namespace {

constexpr double kMaxCell = 24, kNarrowCell = 20;  // width; narrower than that, two columns wide
constexpr double kCellHeight = 15.5, kLowCell = 11, kCellGap = 0.7;
constexpr std::size_t kManyRows = 24;  // more than that, rows are lower
constexpr double kNumberSize = 6, kSmallestNumber = 4.2, kPad = 1;
constexpr double kNameGap = 5, kMeansGap = 4, kBarWidth = 96, kExtremeLine = 8.5;
constexpr double kSwatch = 11, kSwatchGap = 3.2;
constexpr double kHatchSpacing = 3.2, kHatchWidth = 0.3;

bool is_known(const MatrixCell& cell) { return cell.is_known && std::isfinite(cell.value); }

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
    if (is_known(c))
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
    if (is_known(cell)) sum += cell.value, ++known;
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

void draw_hatching(Canvas& canvas, const PageRect& rect) {
  if (canvas.measuring()) return;
  for (const auto& [from, to] : hatch_lines(rect, kHatchSpacing, nullptr))
    canvas.line(from, to, {kInk2, kHatchWidth, {}, false, 0.8});
}

void draw_cell(Canvas& canvas, const Plan& plan, const PageRect& rect, const MatrixCell& cell) {
  if (!is_known(cell)) return draw_blank(canvas, plan, rect);
  const Color color = plan.range.color(cell.value);
  canvas.fill(rect, color);
  if (!cell.is_significant) draw_hatching(canvas, rect);
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

// The known cell with the lowest or the highest value, if that is a loss or a gain.
const MatrixCell* extreme(const MatrixFigure& f, double sign) {
  const MatrixCell* found = nullptr;
  for (const MatrixCell& cell : f.cells)
    if (is_known(cell) && sign * cell.value > (found ? sign * found->value : 0)) found = &cell;
  return found;
}

// "[-3.20, -2.00]".
std::string interval_text(const MatrixCell& cell, int digits) {
  return text_of("[", change_text(cell.low, digits), ", ", change_text(cell.high, digits), "]");
}

int digits_of(const MatrixCell& cell) { return std::abs(cell.value) < 0.1 ? 3 : 2; }

void draw_frames(Canvas& canvas, const MatrixFigure& f, const Plan& plan, double top) {
  for (const double sign : {-1.0, 1.0}) {
    const MatrixCell* cell = extreme(f, sign);
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
  const MatrixCell& only = cell_at(f, row, 0);
  if (columns > 1 || !is_known(only)) return;
  const PageRect rect = plan.rect(top, row, 0);
  canvas.text({rect.right() + kNameGap, rect.centre().y + 2}, interval_text(only, 2),
              {kTickSize, false, kInk2});
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
  draw_frames(canvas, f, plan, top);
  const double bottom = top + static_cast<double>(rows) * plan.height;
  if (!plan.mean_row) return bottom;
  draw_row_name(canvas, plan, plan.rect(bottom + kMeansGap, 0, 0), "mean", kInk2);
  for (std::size_t c = 0; c < columns; ++c)
    draw_mean(canvas, plan, plan.rect(bottom + kMeansGap, 0, c), mean_of(f, c, columns, rows));
  return bottom + kMeansGap + plan.height;
}

// Without decimals that say nothing: "+1.5", "+3".
std::string range_tick(double value) {
  int digits = 0;
  while (digits < 2 && std::abs(std::remainder(value * std::pow(10, digits), 1)) > 1e-6) ++digits;
  return change_text(value, digits);
}

struct Swatch {
  std::string words;
  bool hatched = false;
};

std::vector<Swatch> swatches_of(const MatrixFigure& f) {
  const auto any = [&](const auto& is) { return std::any_of(f.cells.begin(), f.cells.end(), is); };
  std::vector<Swatch> swatches;
  if (any([](const MatrixCell& c) { return is_known(c) && !c.is_significant; })) {
    const std::string level = f.tested_at > 0 ? text_of(" at ", f.tested_at) : "";
    swatches.push_back({"not significant" + level, true});
  }
  if (any([](const MatrixCell& c) { return !is_known(c); })) swatches.push_back({"not measured"});
  return swatches;
}

// One below the other; returns the lower end.
double draw_swatches(Canvas& canvas, const std::vector<Swatch>& swatches, PagePoint at) {
  for (const Swatch& s : swatches) {
    const PageRect rect{at.x, at.y - 1, kSwatch, 7};
    if (s.hatched) draw_hatching(canvas, rect);
    canvas.stroke(rect, {kHair, 0.4});
    if (!s.hatched)
      canvas.text({rect.centre().x, at.y + 4.6}, "\u2013",
                  {kLegendSize, false, kInk2, TextAlign::kCentre});
    canvas.text({rect.right() + kSwatchGap, at.y + 4.9}, s.words, {kLegendSize});
    at.y += 9.4;
  }
  return at.y;
}

PageRect draw_color_bar(Canvas& canvas, const MatrixFigure& f, const Plan& plan, double y) {
  const double tick = text_width(range_tick(-plan.range.max), kTickSize) / 2;
  const double words = canvas.text({kMargin, y + 4.9}, f.measure, {kLegendSize});
  // Under the cells, but not so far to the right that there is no room for the swatches.
  const double first = kMargin + words + 3 + tick;
  const PageRect bar{std::max(first, std::min(plan.left(), kMargin + 36)), y, kBarWidth, 5};
  canvas.color_strip(bar, Colormap::kDifference);
  canvas.stroke(bar, {kInk, 0.3});
  for (const double share : {-1.0, -0.5, 0.0, 0.5, 1.0}) {
    const double x = bar.x + (0.5 + share / 2) * bar.width;
    canvas.line({x, bar.bottom()}, {x, bar.bottom() + 1.8}, {kInk, 0.3});
    canvas.text({x, bar.bottom() + 7.4}, range_tick(share * plan.range.max),
                {kTickSize, false, kInk2, TextAlign::kCentre});
  }
  return bar;
}

// Colour bar, and what hatched and blank cells are, beside it or below it; returns the lower end.
double draw_legend(Canvas& canvas, const MatrixFigure& f, const Plan& plan, double y) {
  const PageRect bar = draw_color_bar(canvas, f, plan, y);
  const std::vector<Swatch> swatches = swatches_of(f);
  double widest = 0;
  for (const Swatch& s : swatches) widest = std::max(widest, text_width(s.words, kLegendSize));
  const double x = bar.right() + 16, end = bar.bottom() + 9.6;
  if (x + kSwatch + kSwatchGap + widest > plan.page_width - kMargin)
    return draw_swatches(canvas, swatches, {kMargin, end + 2});
  return std::max(end, draw_swatches(canvas, swatches, {x, y}) - 2);
}

double draw_page(Canvas& canvas, const MatrixFigure& f, const Plan& plan) {
  const double top = draw_title(canvas, f.title, f.subtitle);
  double y = draw_legend(canvas, f, plan, draw_cells(canvas, f, plan, top) + 8);
  for (const std::string& line : matrix_extremes(f)) {
    y += kExtremeLine;
    canvas.text({kMargin, y}, shorten_text(line, plan.page_width - 2 * kMargin, kLegendSize),
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

double matrix_range(const MatrixFigure& figure) {
  double largest = 0;
  for (const MatrixCell& cell : figure.cells)
    if (is_known(cell)) largest = std::max(largest, std::abs(cell.value));
  return std::max(0.5, std::ceil(2 * largest - 1e-9) / 2);
}

std::string matrix_number(double value) {
  const std::string text = change_text(value, 1);
  return text == "0" ? "0.0" : text;
}

std::vector<std::string> matrix_extremes(const MatrixFigure& figure) {
  const auto known = std::count_if(figure.cells.begin(), figure.cells.end(), is_known);
  if (known == 0) return {"Nothing has been measured."};
  const MatrixCell *loss = extreme(figure, -1), *gain = extreme(figure, 1);
  if (loss == nullptr && gain == nullptr)
    return {known == 1 ? "The change is 0." : text_of("All ", known, " changes are 0.")};
  const auto line = [](std::string_view what, const MatrixCell* cell, std::string_view none) {
    if (cell == nullptr) return text_of("largest ", what, ": none, ", none);
    const int digits = digits_of(*cell);
    return text_of("largest ", what, ": ", cell->name, "  ", change_text(cell->value, digits), " ",
                   interval_text(*cell, digits), cell->is_significant ? "" : ", not significant");
  };
  return {line("loss", loss, "no change is below 0"), line("gain", gain, "no change is above 0")};
}

void draw_matrix_figure(const MatrixFigure& figure, const std::filesystem::path& out,
                        const FigureRecord& record) {
  check_figure(figure);
  const Plan plan = plan_of(figure);
  write_page(out, plan.page_width, kPageDpi, record,
             [&](Canvas& canvas) { return draw_page(canvas, figure, plan); });
}

}  // namespace saccade
