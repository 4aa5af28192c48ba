// What is said of a matrix's numbers, for its figure.
#pragma once

#include <string>

#include "saccade/render/matrix_figure.h"

namespace saccade {

// Whether the cell has a value that can be drawn.
bool is_measured(const MatrixCell& cell);

// The cell with the largest gain (sign 1) or loss (sign -1); null where none would print as
// other than 0.
const MatrixCell* matrix_extreme(const MatrixFigure& figure, double sign);

// "[\u22123.20, \u22122.00]".
std::string matrix_interval(const MatrixCell& cell, int digits);

}  // namespace saccade
