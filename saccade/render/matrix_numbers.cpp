// What is said of a matrix's numbers.
#include "saccade/render/matrix_numbers.h"

#include <algorithm>
#include <cmath>

#include "saccade/core/error.h"
#include "saccade/render/figure_text.h"

namespace saccade {
namespace {

constexpr double kNothing = 0.0005;  // smaller changes print as 0, however they are printed

// Small changes need more decimals to be told from 0.
int digits_of(const MatrixCell& cell) { return std::abs(cell.value) < 0.1 ? 3 : 2; }

}  // namespace

bool is_measured(const MatrixCell& cell) { return cell.is_known && std::isfinite(cell.value); }

const MatrixCell* matrix_extreme(const MatrixFigure& f, double sign) {
  const MatrixCell* found = nullptr;
  for (const MatrixCell& cell : f.cells)
    if (is_measured(cell) && sign * cell.value > (found ? sign * found->value : kNothing))
      found = &cell;
  return found;
}

std::string matrix_interval(const MatrixCell& cell, int digits) {
  return text_of("[", change_text(cell.low, digits), ", ", change_text(cell.high, digits), "]");
}

double matrix_range(const MatrixFigure& figure) {
  double largest = 0;
  for (const MatrixCell& cell : figure.cells)
    if (is_measured(cell)) largest = std::max(largest, std::abs(cell.value));
  return std::max(0.5, std::ceil(2 * largest - 1e-9) / 2);
}

std::string matrix_number(double value) {
  const std::string text = change_text(value, 1);
  return text == "0" ? "0.0" : text;
}

std::vector<std::string> matrix_extremes(const MatrixFigure& figure) {
  const auto known = std::count_if(figure.cells.begin(), figure.cells.end(), is_measured);
  if (known == 0) return {"Nothing has been measured."};
  const MatrixCell *loss = matrix_extreme(figure, -1), *gain = matrix_extreme(figure, 1);
  if (loss == nullptr && gain == nullptr)
    return {known == 1 ? "The change is 0." : text_of("All ", known, " changes are 0.")};
  const auto line = [](std::string_view what, const MatrixCell* cell, std::string_view none) {
    if (cell == nullptr) return text_of("largest ", what, ": none, ", none);
    const int digits = digits_of(*cell);
    return text_of("largest ", what, ": ", cell->name, "  ", change_text(cell->value, digits), " ",
                   matrix_interval(*cell, digits), cell->is_significant ? "" : ", not significant");
  };
  return {line("loss", loss, "no change is below 0"), line("gain", gain, "no change is above 0")};
}

}  // namespace saccade
