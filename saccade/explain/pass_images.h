// What a forward pass says of its images before attention begins.
#pragma once

#include <ATen/core/Tensor.h>

#include <vector>

#include "saccade/model/attention_hook.h"

namespace saccade {

struct PassImages {
  std::vector<OriginalSize> sizes;  // told by whoever runs the pass
  std::vector<LevelShape> levels;
  at::Tensor valid_ratios;  // [N, L, 2] (w, h)
};

}  // namespace saccade
