// Areas under curves of removal, worked out by hand.
#include "saccade/study/removal_curve.h"

#include <gtest/gtest.h>

#include <algorithm>

#include "saccade/core/error.h"

namespace saccade {
namespace {

// (1 + 0.5 + 0.5 + 0 - 1/2 - 0/2) / 3.
TEST(CurveAuc, CountsTheEndsByHalf) {
  EXPECT_NEAR(curve_auc(std::vector<double>{1, 0.5, 0.5, 0}), 0.5, 1e-12);
  EXPECT_NEAR(curve_auc(std::vector<double>{0.7, 0.7}), 0.7, 1e-12);
  EXPECT_THROW(curve_auc(std::vector<double>{1}), Error);
}

TEST(RemovalCurve, IsStraightBetweenWhatIsKnown) {
  const RemovalCurve curve{.shares = {0, 0.1, 1}, .scores = {1, 0.2, 0}};
  EXPECT_NEAR(curve.at(0.05), 0.6, 1e-12);
  EXPECT_EQ(curve.at(0.1), 0.2);
  EXPECT_NEAR(curve.at(0.55), 0.1, 1e-12);
  EXPECT_EQ(curve.at(1), 0);
}

// Of the box's area (0.1): the trapezoid of 1 and 0.2. Of the image: 0.1 of it as before, then 0.9 of 0.2 down to 0.
TEST(RemovalCurve, HasAnAreaWithinTheBoxAndOneOfTheImage) {
  const RemovalCurve curve{.shares = {0, 0.1, 1}, .scores = {1, 0.2, 0}};
  EXPECT_NEAR(curve.auc(0.1), 0.6, 1e-9);
  EXPECT_NEAR(curve.auc(), 0.1 * 0.6 + 0.9 * 0.1, 1e-9);
}

// As of a box that is the whole image: what is removed first counts.
TEST(RemovalCurve, TakesTheFirstOfEqualShares) {
  const RemovalCurve curve{.shares = {0, 0.5, 1, 1, 1}, .scores = {1, 0.5, 0.25, 0.25, 0.25}};
  EXPECT_EQ(curve.at(1), 0.25);
  EXPECT_NEAR(curve.auc(), (0.75 + 0.375) / 2, 1e-9);
}

TEST(RemovalCurve, RefusesSharesThatFall) {
  EXPECT_THROW((RemovalCurve{.shares = {0, 0.5, 0.4}, .scores = {1, 1, 1}}.at(0.2)), Error);
  EXPECT_THROW((RemovalCurve{.shares = {0, 1}, .scores = {1}}.at(0.2)), Error);
}

// A box of 1 % of the image: quarters of it, then ten times its area and the whole image.
TEST(RemovalShares, AreDenseWithinTheBox) {
  const auto shares = removal_shares(0.01, {.within = 4, .beyond = 1});
  ASSERT_EQ(shares.size(), 7u);
  const double expected[] = {0, 0.0025, 0.005, 0.0075, 0.01, 0.1, 1};
  for (std::size_t i = 0; i < shares.size(); ++i) EXPECT_NEAR(shares[i], expected[i], 1e-12);
}

TEST(RemovalShares, AreAsManyForEveryBox) {
  const RemovalSteps steps{.within = 3, .beyond = 2};
  for (const double share : {1e-5, 0.3, 1.0}) {
    const auto shares = removal_shares(share, steps);
    EXPECT_EQ(shares.size(), 7u);
    EXPECT_TRUE(std::is_sorted(shares.begin(), shares.end()));
  }
  EXPECT_THROW(removal_shares(0, steps), Error);
  EXPECT_THROW(removal_shares(0.5, {.within = 0}), Error);
}

}  // namespace
}  // namespace saccade
