// How much smaller than the network's input the levels of a pyramid are.
#pragma once

#include <vector>

#include "saccade/core/levels.h"

namespace saccade {

// Pixels of the input per cell, by level: 8, 16, 32, 64. The input's sides are in pixels, without padding.
std::vector<int> level_strides(const std::vector<LevelShape>& levels, int input_width,
                               int input_height);

}  // namespace saccade
