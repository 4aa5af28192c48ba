// What the colours, the hatching and the blanks of a matrix mean.
#pragma once

#include "saccade/render/canvas.h"
#include "saccade/render/matrix_figure.h"

namespace saccade {

// The colour bar, about below the cells, which begin at `left`; beside it, or below where there is no room,
// what hatched and blank cells are. y is the top. Returns the lower end.
double draw_matrix_legend(Canvas& canvas, const MatrixFigure& figure, const WeightRange& range,
                          double left, double y);

}  // namespace saccade
