// Strides from the sizes of levels.
#include "saccade/core/level_strides.h"

#include <algorithm>
#include <cmath>

namespace saccade {

std::vector<int> level_strides(const std::vector<LevelShape>& levels, int input_width,
                               int input_height) {
  std::vector<int> strides;
  for (const LevelShape& level : levels) {
    // They are powers of two; a level's sides are the input's divided by them, rounded up.
    const double across = static_cast<double>(input_width) / static_cast<double>(level.width);
    const double down = static_cast<double>(input_height) / static_cast<double>(level.height);
    strides.push_back(1 << std::lround(std::log2(std::max(across, down))));
  }
  return strides;
}

}  // namespace saccade
