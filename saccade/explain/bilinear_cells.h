// Which cells a sampling point reads: the operator's bilinear footprint, for maps, samples and flow alike.
#pragma once

#include <cmath>
#include <cstdint>

#include "saccade/core/levels.h"

namespace saccade {

// Calls visit(row, column, share) for each cell of the level that a sample at (x, y), as a fraction of the level, reads;
// cell i has its centre at (i + 0.5) / W_l. The shares add up to 1 less what falls outside, where the operator reads zeros.
template <typename Visit>
void visit_cells(const LevelShape& level, double x, double y, const Visit& visit) {
  const double u = x * static_cast<double>(level.width) - 0.5;
  const double v = y * static_cast<double>(level.height) - 0.5;
  if (!(u > -1 && v > -1 && u < static_cast<double>(level.width) &&
        v < static_cast<double>(level.height)))
    return;
  const auto left = static_cast<std::int64_t>(std::floor(u));
  const auto top = static_cast<std::int64_t>(std::floor(v));
  const double right_share = u - static_cast<double>(left);
  const double lower_share = v - static_cast<double>(top);
  for (int corner = 0; corner < 4; ++corner) {
    const std::int64_t row = top + corner / 2, column = left + corner % 2;
    if (row < 0 || column < 0 || row >= level.height || column >= level.width) continue;
    visit(row, column,
          (corner / 2 == 1 ? lower_share : 1 - lower_share) *
              (corner % 2 == 1 ? right_share : 1 - right_share));
  }
}

}  // namespace saccade
