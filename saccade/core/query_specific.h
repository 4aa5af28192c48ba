// How much of what an attention module does is its queries' own, and how much a template that all queries of an image share.
#pragma once

#include <limits>

namespace saccade {

// Below this own part of the weights a picture of one query shows mostly the template: where it is that small, putting the
// template in the place of all weights was not shown to change AP (docs/studies.md, section 3).
inline constexpr double kMostlyTemplate = 0.2;

// Of one module or of one of its heads, 0 to 1: 1 minus what the mean over the image's queries explains; NaN where there is
// nothing of the kind, as offsets of dense attention.
struct QuerySpecific {
  double weights = std::numeric_limits<double>::quiet_NaN();  // of their squares around uniform
  // Of their squares around the reference point, in cells of the level or, where boxes are refined, in boxes.
  double offsets = std::numeric_limits<double>::quiet_NaN();

  bool is_mostly_template() const { return weights < kMostlyTemplate; }
  bool operator==(const QuerySpecific&) const = default;
};

}  // namespace saccade
