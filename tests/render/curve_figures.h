// Made-up runs for the gallery and the tests of curves.
#pragma once

#include "saccade/render/curve_figure.h"

namespace saccade::gallery {

// Loss, its parts, AP and AP50 of runs that learn, each a little worse than the one before it.
CurveFigure made_up_curves(int runs, int epochs);

}  // namespace saccade::gallery
