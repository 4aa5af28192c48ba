// Random subsets of images, and the generator that draws them.
#include "saccade/data/subset.h"

#include <gtest/gtest.h>

#include <algorithm>
#include <set>

#include "saccade/core/error.h"
#include "saccade/core/random.h"

namespace saccade {
namespace {

// The first numbers of SplitMix64 with seed 1234567, as its authors' program prints them.
TEST(Random, IsSplitMix64) {
  Random random(1234567);
  EXPECT_EQ(random.next(), 6457827717110365317u);
  EXPECT_EQ(random.next(), 3203168211198807973u);
}

// 60,000 throws of a die: each face 10,000 times, give or take 5 standard deviations (91 each).
TEST(Random, FacesOfADieAreEquallyLikely) {
  Random random(1);
  std::array<int, 6> faces{};
  for (int i = 0; i < 60'000; ++i) ++faces[random.below(6)];
  for (const int count : faces) EXPECT_NEAR(count, 10'000, 457);
}

TEST(Subset, HoldsDifferentIndicesInOrderAndDependsOnTheSeedAlone) {
  const std::vector<int> some = choose_subset(1000, 100, 7);
  EXPECT_EQ(std::set<int>(some.begin(), some.end()).size(), 100u);
  EXPECT_TRUE(std::is_sorted(some.begin(), some.end()));
  EXPECT_GE(some.front(), 0);
  EXPECT_LT(some.back(), 1000);
  EXPECT_EQ(some, choose_subset(1000, 100, 7));
  EXPECT_NE(some, choose_subset(1000, 100, 8));
  // These five stay the same in every release: results of subsets stay comparable.
  EXPECT_EQ(choose_subset(20, 5, 0), (std::vector<int>{0, 3, 5, 15, 17}));
}

TEST(Subset, OfMoreThanThereAreIsAllAndOfNoneIsRefused) {
  EXPECT_EQ(choose_subset(3, 9, 1), (std::vector<int>{0, 1, 2}));
  EXPECT_THROW(choose_subset(3, 0, 1), UsageError);
}

}  // namespace
}  // namespace saccade
