// Made-up sweeps for the gallery and the tests of matrices.
#pragma once

#include "saccade/render/matrix_figure.h"

namespace saccade::gallery {

// Changes of up to about `largest` points, mostly losses, some of them significant.
MatrixFigure made_up_matrix(std::size_t rows, std::size_t columns, double largest);

}  // namespace saccade::gallery
