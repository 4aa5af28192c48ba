// Ranks and their correlation, by hand.
#include "saccade/core/rank_correlation.h"

#include <gtest/gtest.h>

#include <cmath>
#include <vector>

namespace saccade {
namespace {

TEST(RankCorrelation, EqualValuesShareTheMeanRank) {
  EXPECT_EQ(average_ranks(std::vector<double>{3, 1, 3, 2, 3}),
            (std::vector<double>{4, 1, 4, 2, 4}));
}

// Ranks 1 2 3 4 5 and 2 1 4 3 5: 1 - 6 * (1 + 1 + 1 + 1 + 0) / (5 * 24).
TEST(RankCorrelation, IsSpearmansByHand) {
  const std::vector<double> a = {0.1, 0.2, 0.5, 0.9, 7}, b = {20, 10, 40, 30, 50};
  EXPECT_NEAR(spearman(a, b), 0.8, 1e-15);
  EXPECT_NEAR(spearman(a, a), 1, 1e-15);
  EXPECT_NEAR(spearman(a, std::vector<double>{5, 4, 3, 2, 1}), -1, 1e-15);
}

TEST(RankCorrelation, IsNoNumberWhereNothingVaries) {
  EXPECT_TRUE(std::isnan(spearman(std::vector<double>{1, 1}, std::vector<double>{1, 2})));
  EXPECT_TRUE(std::isnan(spearman({}, {})));
}

}  // namespace
}  // namespace saccade
