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

// Boxes that labels should not hide, and whether a label may do so where no other place is free.
struct KeptInSight {
  std::vector<PageRect> boxes;
  bool always = false;
};

// One place per request, in the given order (best first): above left, below left, right, left,
// centred above, centred below, each moved inside `panel`; the first that no earlier label covers
// and that hides none of the boxes `kept` in sight: covers 3/10 of it or more. Where there is none,
// the first that no earlier label covers, unless boxes are kept in sight always.
// Nothing where all six are taken or the label is larger than the panel.
std::vector<std::optional<PageRect>> place_labels(const std::vector<LabelRequest>& requests,
                                                  const PageRect& panel,
                                                  const KeptInSight& kept = {});

}  // namespace saccade
