// What sampling points add up to.
#include "saccade/render/point_sums.h"

#include <gtest/gtest.h>

namespace saccade {
namespace {

// Head 0 has its weight of 1 on both levels, of head 1 an intervention took half away; a point of each lies outside 10 x 10.
const std::vector<SamplePoint> kPoints = {{.x = 1, .y = 1, .weight = 0.75, .head = 0, .level = 0},
                                          {.x = 12, .y = 1, .weight = 0.25, .head = 0, .level = 1},
                                          {.x = 1, .y = 5, .weight = 0.25, .head = 1, .level = 0},
                                          {.x = 1, .y = -3, .weight = 0.25, .head = 1, .level = 1}};

TEST(PointSums, SharesAreOfTheWeightThatIsThere) {
  EXPECT_EQ(weight_of(kPoints), 1.5);
  EXPECT_EQ(level_shares(kPoints, 3), (std::vector<double>{1 / 1.5, 0.5 / 1.5, 0}));
  EXPECT_EQ(share_outside(kPoints, 10, 10), 0.5 / 1.5);
  EXPECT_EQ(share_in_box(kPoints, {0, 0, 2, 2}), 0.5);
  EXPECT_EQ(level_shares({}, 2), (std::vector<double>{0, 0}));
  EXPECT_EQ(share_outside({}, 10, 10), 0);
}

TEST(PointSums, MeansOfHeadsMissWhatWasTakenAway) {
  EXPECT_EQ(mean_level_weights(kPoints, 2, 2), (std::vector<double>{0.5, 0.25}));
  // From (1, 1): head 0 has 0.25 * 11 of a weight of 1, head 1 (4 + 4) / 2; a third head has no points.
  EXPECT_DOUBLE_EQ(mean_radius(kPoints, 2, 1, 1), (2.75 + 4) / 2);
  EXPECT_DOUBLE_EQ(mean_radius(kPoints, 3, 1, 1), (2.75 + 4) / 3);
}

TEST(PointSums, FewPointsCarryMostOfTheWeight) {
  EXPECT_EQ(points_that_carry(kPoints, 0.5), 1u);
  EXPECT_EQ(points_that_carry(kPoints, 0.95), 4u);
  EXPECT_EQ(points_that_carry({}, 0.95), 0u);
}

}  // namespace
}  // namespace saccade
