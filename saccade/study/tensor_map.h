// Maps between tensors and plain numbers.
#pragma once

#include <ATen/core/Tensor.h>

#include "saccade/study/saliency_map.h"

namespace saccade {

// Of a tensor [H, W].
SaliencyMap plain_map(const at::Tensor& map);

// Bilinear between pixel centres.
SaliencyMap resized_map(const SaliencyMap& map, int width, int height);

}  // namespace saccade
