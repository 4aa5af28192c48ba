// SHORT,MAX as people type it.
#include "saccade/image/input_size.h"

#include <charconv>

#include "saccade/core/error.h"

namespace saccade {

std::pair<int, int> parse_size(const std::string& text) {
  int sides[2] = {0, 0};
  const char* at = text.data();
  const char* const end = at + text.size();
  for (int i = 0; i < 2; ++i) {
    const auto [next, error] = std::from_chars(at, end, sides[i]);
    const bool separated = i == 0 ? next != end && *next == ',' : next == end;
    if (error != std::errc() || !separated || sides[i] < 1 || sides[i] > 100'000) {
      throw UsageError(text_of("size is '", text, "', expected SHORT,MAX such as 800,1333"));
    }
    at = next + 1;
  }
  if (sides[1] < sides[0])
    throw UsageError(text_of("size ", text, ": the longest side is below the short one"));
  return {sides[0], sides[1]};
}

}  // namespace saccade
