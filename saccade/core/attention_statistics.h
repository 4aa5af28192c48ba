// What the attention of one query did, in numbers (docs/evaluation.md, "Errors and what attention did there").
#pragma once

#include <limits>
#include <string>
#include <vector>

namespace saccade {

// The numbers before the share of each level; NaN where there is nothing of the kind.
enum AttentionNumber { kRadius, kEntropy, kInBox, kOutside, kNumAttentionNumbers };
// "radius", "entropy", "in_box", "outside_image"; then "level0", "level1", ...
std::string attention_number_name(int number);

// Of one decoder query in the cross-attention of one layer, means over the heads:
//   radius         sum of weight x distance from the reference point, in half diagonals of the final box
//   entropy        of a head's weights, divided by its maximum: 0 all on one point, 1 uniform
//   in_box         weight of points inside the final box
//   outside_image  weight of points outside the image
//   levels         weight on each level
// Dense attention: cells by their centres; no radius, none outside, one level.
struct AttentionStatistics {
  std::vector<double> numbers;  // kNumAttentionNumbers, then one a level
  double of(int number) const {
    const auto at = static_cast<std::size_t>(number);
    return at < numbers.size() ? numbers[at] : std::numeric_limits<double>::quiet_NaN();
  }
};

}  // namespace saccade
