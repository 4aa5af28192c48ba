// Whether a model has what interventions name.
#pragma once

#include <vector>

#include "saccade/explain/intervention.h"

namespace saccade {

// Sizes of a detector. A plain DETR's attention is dense: it has no levels and points.
struct InterventionLimits {
  bool is_deformable = true;
  int enc_layers = 6;
  int dec_layers = 6;
  int heads = 8;
  int levels = 4;
  int enc_points = 4;
  int dec_points = 4;
  long queries = 300;
};

// Throws UsageError that names what the model lacks and what it has, with a caret under it. Tokens of the encoder are not
// checked: their number is the image's.
void check_interventions(const std::vector<Intervention>& interventions,
                         const InterventionLimits& limits);

}  // namespace saccade
