// Gradient times feature for one detection: ODAM on the encoder's memory.
#pragma once

#include "saccade/explain/attribution.h"

namespace saccade {

// Per level, on the memory F [H_l, W_l, C] that the decoder samples: heat = ReLU(sum over channels of smooth(dT/dF) * F), smooth a
// Gaussian of sigma 1 cell over 5 x 5 cells (zeros outside the level), which lends the gradient of the few cells that are read
// to their neighbours. Levels are not scaled against each other: a cell's value is a part of the target, in its unit.
// Source: Zhao and Chan, "ODAM: Gradient-based instance-specific visual explanations for object detection", ICLR 2023.
AttributionMap odam_map(const AttributedImage& image, const AttributionTarget& target);

}  // namespace saccade
