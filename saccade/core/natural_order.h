// Names of numbered files: their order, and their numbers.
#pragma once

#include <string>
#include <string_view>

namespace saccade {

// Whether `a` comes before `b` as people count: runs of digits by their value, f2 before f10, all else byte by byte; of
// names that differ in leading zeros alone, as f7 and f07, the shorter first.
bool natural_less(std::string_view a, std::string_view b);

// The number at the end of a file's name, as it is written: "008280" of "Town02_008280.jpg"; empty where there is none.
std::string ending_number(std::string_view file_name);

}  // namespace saccade
