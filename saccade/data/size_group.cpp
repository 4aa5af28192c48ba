// COCO's groups of objects by size.
#include "saccade/data/size_group.h"

namespace saccade {

SizeGroup size_group(double area) {
  if (area < kSmallArea) return SizeGroup::kSmall;
  return area <= kLargeArea ? SizeGroup::kMedium : SizeGroup::kLarge;
}

std::string size_group_name(SizeGroup group) {
  return group == SizeGroup::kSmall ? "small" : group == SizeGroup::kMedium ? "medium" : "large";
}

}  // namespace saccade
