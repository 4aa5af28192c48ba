// Scores are sorted as a stable comparison sort would.
#include "saccade/eval/score_order.h"

#include <gtest/gtest.h>

#include <algorithm>
#include <numeric>

#include "saccade/core/random.h"

namespace saccade {
namespace {

// 100 are sorted by comparison, 3000 by radix; values repeat, some are negative, zeros have both signs.
TEST(ScoreOrder, EqualsAStableSortOfDescendingScores) {
  for (const int count : {0, 1, 100, 3000}) {
    Random random(static_cast<std::uint64_t>(count));
    std::vector<double> scores;
    for (int i = 0; i < count; ++i) {
      const double value = (static_cast<double>(random.below(200)) - 100) / 64;
      scores.push_back(value == 0 && random.below(2) == 0 ? -0.0 : value * 1e3 / 7);
    }
    std::vector<std::uint32_t> expected(scores.size());
    std::iota(expected.begin(), expected.end(), 0u);
    std::stable_sort(expected.begin(), expected.end(),
                     [&](auto a, auto b) { return scores[a] > scores[b]; });
    ScoreOrder order;
    for (const double s : scores) order.add(s);
    std::vector<std::uint32_t> found;
    for (const auto& item : order.sort()) found.push_back(item.position);
    EXPECT_EQ(found, expected) << count;
  }
}

}  // namespace
}  // namespace saccade
