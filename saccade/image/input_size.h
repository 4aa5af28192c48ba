// SHORT,MAX as people type it: the sides images are resized to.
#pragma once

#include <string>
#include <utility>

namespace saccade {

// "247,1333" -> short and long side. Throws UsageError.
std::pair<int, int> parse_size(const std::string& text);

}  // namespace saccade
