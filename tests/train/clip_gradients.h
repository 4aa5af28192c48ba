// Clipping as a training step does it.
#pragma once

#include <ATen/ATen.h>

#include "saccade/train/optimizer.h"

namespace saccade {

// The norm before.
inline double clip_gradients(std::span<const ParamGroup> groups, double max_norm) {
  const std::vector<at::Tensor> gradients = gradients_of(groups);
  const double norm = gradient_norm(gradients).item<double>();
  scale_to_norm(gradients, norm, max_norm);
  return norm;
}

}  // namespace saccade
