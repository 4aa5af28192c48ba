// Some images of a data set, drawn at random.
#include "saccade/data/subset.h"

#include <gtest/gtest.h>

#include <algorithm>
#include <set>

#include "saccade/core/error.h"

namespace saccade {
namespace {

TEST(Subset, HoldsDifferentIndicesInOrderAndDependsOnTheSeedAlone) {
  const std::vector<int> some = choose_subset(1000, 100, 7);
  EXPECT_EQ(std::set<int>(some.begin(), some.end()).size(), 100u);
  EXPECT_TRUE(std::is_sorted(some.begin(), some.end()));
  EXPECT_GE(some.front(), 0);
  EXPECT_LT(some.back(), 1000);
  EXPECT_EQ(some, choose_subset(1000, 100, 7));
  EXPECT_NE(some, choose_subset(1000, 100, 8));
  // These five stay the same in every release: results of subsets stay comparable.
  EXPECT_EQ(choose_subset(20, 5, 0), (std::vector<int>{0, 6, 7, 13, 19}));
}

TEST(Subset, OfMoreThanThereAreIsAllAndOfNoneIsRefused) {
  EXPECT_EQ(choose_subset(3, 9, 1), (std::vector<int>{0, 1, 2}));
  EXPECT_THROW(choose_subset(3, 0, 1), UsageError);
}

}  // namespace
}  // namespace saccade
