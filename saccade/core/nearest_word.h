// The word that was probably meant.
#pragma once

#include <string>
#include <vector>

namespace saccade {

// The candidate nearest to `word` by edits, empty when none is near.
std::string nearest_word(const std::string& word, const std::vector<std::string>& candidates);

}  // namespace saccade
