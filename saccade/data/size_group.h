// COCO's groups of objects by size.
#pragma once

#include <string>

namespace saccade {

// By an annotation's area in square pixels: below 32^2, up to 96^2, above.
enum class SizeGroup { kSmall, kMedium, kLarge };
inline constexpr double kSmallArea = 32.0 * 32.0, kLargeArea = 96.0 * 96.0;

SizeGroup size_group(double area);
std::string size_group_name(SizeGroup group);  // "small"

}  // namespace saccade
