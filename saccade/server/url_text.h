// The target of a request: its path and its query, with %XX and + decoded.
#pragma once

#include <string>
#include <string_view>
#include <utility>
#include <vector>

namespace saccade {

struct UrlTarget {
  std::string path;
  std::vector<std::pair<std::string, std::string>> query;
};

// Of "/api/image?x=a%3Db". Throws UsageError: no path that begins with '/', a broken %XX, a control character or text that
// is no UTF-8 in what was decoded, more than 1000 values.
UrlTarget parse_target(std::string_view target);

// All but letters, digits and -._~ as %XX.
std::string percent_encoded(const std::string& text);

}  // namespace saccade
