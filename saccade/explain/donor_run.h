// What attention modules gave in another run: a patch copies it.
#pragma once

#include <ATen/core/Tensor.h>

#include <map>
#include <utility>
#include <vector>

#include "saccade/core/levels.h"
#include "saccade/model/attention_hook.h"

namespace saccade {

// One attention module; only what the patches copy is there.
struct DonorCall {
  at::Tensor weights;             // as the call has them, deformable or dense
  at::Tensor output;              // [N, Q, M * D] of the heads, before the output projection
  at::Tensor sampling_locations;  // these three of deformable attention alone
  at::Tensor reference_points;
  at::Tensor level_sizes;
};

struct DonorRun {
  std::vector<LevelShape> levels;  // of its input; empty before it has run
  std::map<std::pair<AttentionSite, int>, DonorCall> calls;  // by module and layer
};

}  // namespace saccade
