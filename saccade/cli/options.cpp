// Lists and points as people type them.
#include "saccade/cli/options.h"

#include <algorithm>
#include <charconv>
#include <cmath>
#include <set>
#include <sstream>

#include "saccade/core/error.h"
#include "saccade/core/parse_number.h"

namespace saccade {
namespace {

// The whole of `text` as a number; -1 where it is none.
int index_of(const std::string& text) { return std::max(-1, parse_number<int>(text).value_or(-1)); }

}  // namespace

std::vector<int> parse_index_list(const std::string& text, int count, const std::string& option) {
  std::set<int> indices;
  std::stringstream parts(text);
  for (std::string part; std::getline(parts, part, ',');) {
    const auto dash = part.find('-');
    int first = index_of(part.substr(0, dash));
    int last = dash == std::string::npos ? first : index_of(part.substr(dash + 1));
    if (part == "all") {
      first = 0;
      last = count - 1;
    }
    if (first < 0 || last < first) {
      throw UsageError(text_of(option, " ", text, ": expected a list such as 0,3 or 0-2 or all"));
    }
    if (last >= count) {
      throw UsageError(text_of(option, " ", text, ": this model has 0 to ", count - 1));
    }
    for (int i = first; i <= last; ++i) indices.insert(i);
  }
  if (indices.empty())
    throw UsageError(text_of(option, " is empty, expected a list such as 0,3 or all"));
  return {indices.begin(), indices.end()};
}

std::pair<double, double> parse_point(const std::string& text, const std::string& option) {
  double values[2];
  const char* at = text.data();
  const char* const end = at + text.size();
  for (int i = 0; i < 2; ++i) {
    const auto [next, error] = std::from_chars(at, end, values[i]);
    const bool separated = i == 0 ? next != end && *next == ',' : next == end;
    if (error != std::errc() || !separated || !std::isfinite(values[i])) {
      throw UsageError(text_of(option, " ", text, ": expected X,Y in pixels, such as 320,218"));
    }
    at = next + 1;
  }
  return {values[0], values[1]};
}

}  // namespace saccade
