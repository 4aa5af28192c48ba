// Names of numbered files.
#include "saccade/core/natural_order.h"

#include <algorithm>

namespace saccade {
namespace {

constexpr std::string_view kDigits = "0123456789";

bool is_digit(char c) { return kDigits.find(c) != std::string_view::npos; }

// Takes the run of digits that `text` begins with away from it; returns it without leading zeros.
std::string_view take_number(std::string_view& text) {
  const std::size_t end = std::min(text.find_first_not_of(kDigits), text.size());
  std::string_view number = text.substr(0, end);
  text.remove_prefix(end);
  number.remove_prefix(std::min(number.find_first_not_of('0'), number.size()));
  return number;
}

}  // namespace

bool natural_less(std::string_view a, std::string_view b) {
  std::string_view rest_a = a, rest_b = b;
  while (!rest_a.empty() && !rest_b.empty()) {
    if (is_digit(rest_a.front()) && is_digit(rest_b.front())) {
      const std::string_view x = take_number(rest_a), y = take_number(rest_b);
      if (x.size() != y.size()) return x.size() < y.size();
      if (x != y) return x < y;
      continue;
    }
    if (rest_a.front() != rest_b.front()) return rest_a.substr(0, 1) < rest_b.substr(0, 1);
    rest_a.remove_prefix(1);
    rest_b.remove_prefix(1);
  }
  if (rest_a.empty() != rest_b.empty()) return rest_a.empty();
  return a.size() != b.size() ? a.size() < b.size() : a < b;
}

std::string ending_number(std::string_view file_name) {
  const std::size_t folder = file_name.find_last_of('/');
  if (folder != std::string_view::npos) file_name.remove_prefix(folder + 1);
  const std::string_view stem = file_name.substr(0, file_name.find_last_of('.'));
  return std::string(stem.substr(stem.find_last_not_of(kDigits) + 1));
}

}  // namespace saccade
