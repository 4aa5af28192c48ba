// A number as the whole of a text.
#pragma once

#include <charconv>
#include <optional>
#include <string_view>

namespace saccade {

// Nothing where the text is anything else, has more to it, or is beyond T.
template <typename T>
std::optional<T> parse_number(std::string_view text) {
  T number{};
  const auto [end, error] = std::from_chars(text.data(), text.data() + text.size(), number);
  if (error != std::errc() || end != text.data() + text.size()) return std::nullopt;
  return number;
}

}  // namespace saccade
