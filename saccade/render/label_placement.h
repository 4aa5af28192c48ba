// Places labels beside boxes so that no two overlap.
#pragma once

#include <optional>
#include <vector>

#include "saccade/render/page_geometry.h"

namespace saccade {

struct LabelRequest {
  PageRect box;  // what the label names
  double width = 0, height = 0;
};

// One place per request, in the given order (best first): above left, below left, right, left,
// centred above, centred below, each moved inside `panel`; the first that no earlier label covers.
// Nothing where all six are taken or the label is larger than the panel.
std::vector<std::optional<PageRect>> place_labels(const std::vector<LabelRequest>& requests,
                                                  const PageRect& panel);

}  // namespace saccade
