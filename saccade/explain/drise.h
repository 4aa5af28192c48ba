// A detection explained from outside: what random masks over the image do to it.
#pragma once

#include <ATen/core/Tensor.h>

#include "saccade/explain/attribution.h"

namespace saccade {

// Mask i of a seed, [height, width] in 0..1: a lattice of nodes that are 1 with probability `shown` and else 0, a cell of it
// 1 / grid of the image, moved by a random part of a cell, bilinear between the nodes. Every pixel has the mean `shown`.
at::Tensor random_mask(const AttributionOptions& options, int i, std::int64_t height,
                       std::int64_t width);

// The input is multiplied by each mask, which leaves the data set's mean colour where it is 0. Per pixel: the mean similarity
// (detection_vector.h) to the target where it is shown less that where it is hidden, each mask counting with its value and 1 less
// that. The target's output is of no account: box and class count together.
AttributionMap drise_map(const AttributedImage& image, const AttributionTarget& target,
                         const AttributionOptions& options);

}  // namespace saccade
