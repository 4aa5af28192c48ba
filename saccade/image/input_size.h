// SHORT,MAX as people type it: the sides images are resized to.
#pragma once

#include <string>
#include <utility>

#include "saccade/image/resize.h"

namespace saccade {

// "247,1333" or, with both sides multiples of 32, "288,1333,32"; `multiple` where the text has none, such
// as that of the model whose size is changed. Throws UsageError.
InputSize parse_size(const std::string& text, int multiple = 1);
std::string size_text(const InputSize& size);  // what parse_size reads

// "244,324" -> 244, 324. Throws UsageError.
std::pair<int, int> parse_side_range(const std::string& text);

}  // namespace saccade
