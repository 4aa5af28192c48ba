// How much each pixel of the network's input would move a target: the gradient's length.
#pragma once

#include <span>
#include <vector>

#include "saccade/explain/attribution.h"

namespace saccade {

// A map for each target, from one forward pass: the norm over the colour channels of d(target) / d(input), the input as the
// backbone reads it (normalised). On the photograph it is interpolated between the centres of the input's pixels, not
// divided by their area. Needs the memory of a training step at batch one.
// Source: Zhu et al., "Deformable DETR", arXiv 2010.04159, figure of what it looks at to give a detection.
std::vector<AttributionMap> gradient_maps(const AttributedImage& image,
                                          std::span<const AttributionTarget> targets);

}  // namespace saccade
