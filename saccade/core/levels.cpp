// Token indices and the places they stand for.
#include "saccade/core/levels.h"

#include "saccade/core/error.h"

namespace saccade {

std::int64_t token_count(const std::vector<LevelShape>& levels) {
  std::int64_t count = 0;
  for (const LevelShape& level : levels) count += level.cells();
  return count;
}

TokenPlace place_of_token(const std::vector<LevelShape>& levels, std::int64_t token) {
  std::int64_t rest = token;
  for (std::size_t l = 0; l < levels.size() && rest >= 0; ++l) {
    if (rest < levels[l].cells()) {
      return {static_cast<int>(l), rest / levels[l].width, rest % levels[l].width};
    }
    rest -= levels[l].cells();
  }
  throw Error(
      text_of("token ", token, " is outside the pyramid of ", token_count(levels), " tokens"));
}

std::int64_t token_at(const std::vector<LevelShape>& levels, const TokenPlace& place) {
  std::int64_t start = 0;
  for (int l = 0; l < static_cast<int>(levels.size()); ++l) {
    const LevelShape& level = levels[l];
    if (l == place.level && place.row >= 0 && place.row < level.height && place.column >= 0 &&
        place.column < level.width) {
      return start + place.row * level.width + place.column;
    }
    start += level.cells();
  }
  throw Error(
      text_of("no token at level ", place.level, ", row ", place.row, ", column ", place.column));
}

}  // namespace saccade
