// The levels of a feature pyramid as plain numbers.
#pragma once

#include <cstdint>
#include <vector>

namespace saccade {

// One level: H_l rows, W_l columns, finest level first.
struct LevelShape {
  std::int64_t height = 0;
  std::int64_t width = 0;

  std::int64_t cells() const { return height * width; }
};

// Where a token lies: level, row, column.
struct TokenPlace {
  int level = 0;
  std::int64_t row = 0;
  std::int64_t column = 0;
};

// Tokens of all levels: S = sum of H_l * W_l.
std::int64_t token_count(const std::vector<LevelShape>& levels);

// Token index t in 0..S-1 to its place (row-major within a level, levels one after another), and
// back. Both throw Error outside the pyramid.
TokenPlace place_of_token(const std::vector<LevelShape>& levels, std::int64_t token);
std::int64_t token_at(const std::vector<LevelShape>& levels, const TokenPlace& place);

}  // namespace saccade
