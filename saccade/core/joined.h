// Lists of words in a text.
#pragma once

#include <string>
#include <string_view>

namespace saccade {

// The words with `between` between them.
template <typename Words>
std::string joined(const Words& words, std::string_view between) {
  std::string text;
  for (const auto& word : words) {
    if (!text.empty()) text += between;
    text += word;
  }
  return text;
}

}  // namespace saccade
