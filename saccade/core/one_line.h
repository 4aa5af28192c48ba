// Text from files made fit for a terminal.
#pragma once

#include <string>
#include <string_view>

namespace saccade {

// The text with '?' for each control character: line breaks, escape sequences, DEL and Unicode's
// U+0080 to U+009F, which some terminals obey too. Names come from files that are not trusted.
std::string one_line(std::string_view text);

// A message up to its first line break: C++ libraries append stack traces.
std::string first_line(std::string_view text);

}  // namespace saccade
