// Where maps lie, worked out by hand.
#include "saccade/study/map_metrics.h"

#include <gtest/gtest.h>

#include <algorithm>
#include <cmath>
#include <set>

#include "saccade/core/error.h"
#include "saccade/study/saliency_map.h"

namespace saccade {
namespace {

SaliencyMap map_of(int width, int height, std::vector<double> values) {
  return {.width = width, .height = height, .values = std::move(values)};
}

// 4 x 3: the largest value in the middle of the second row, energy 10.
const SaliencyMap kMap = map_of(4, 3,
                                {0, 1, 0, 0,  //
                                 2, 4, 1, 0,  //
                                 0, 1, 0, 1});

TEST(BoxRegion, HoldsThePixelsWhoseCentreLiesInTheBox) {
  const RegionMask region = box_region({0.5, 0.4, 2.5, 1.6}, 4, 3);
  EXPECT_EQ(region.inside, (std::vector<std::uint8_t>{1, 1, 0, 0, 1, 1, 0, 0, 0, 0, 0, 0}));
}

// Smaller than a pixel, and beyond the image.
TEST(BoxRegion, NeverIsEmpty) {
  const RegionMask tiny = box_region({2.6, 1.6, 2.8, 1.9}, 4, 3);
  EXPECT_EQ(tiny.inside, (std::vector<std::uint8_t>{0, 0, 0, 0, 0, 0, 1, 0, 0, 0, 0, 0}));
  const RegionMask beyond = box_region({-3, -3, -1, -1}, 4, 3);
  EXPECT_EQ(std::count(beyond.inside.begin(), beyond.inside.end(), 1), 1);
}

TEST(Pointing, SaysWhetherTheLargestValueLiesInTheRegion) {
  EXPECT_EQ(pointing(kMap, box_region({1, 1, 2, 2}, 4, 3)), 1);
  EXPECT_EQ(pointing(kMap, box_region({2, 1, 4, 3}, 4, 3)), 0);
}

// A map that is the same everywhere points nowhere: the share of the image.
TEST(Pointing, SharesEqualPlaces) {
  EXPECT_NEAR(pointing(map_of(4, 3, std::vector<double>(12, 2.0)), box_region({0, 0, 4, 1}, 4, 3)),
              4.0 / 12, 1e-12);
  EXPECT_TRUE(std::isnan(
      pointing(map_of(4, 3, std::vector<double>(12, -1.0)), box_region({0, 0, 4, 1}, 4, 3))));
}

TEST(EnergyShare, IsWhatLiesInTheRegion) {
  EXPECT_NEAR(energy_share(kMap, box_region({0, 1, 2, 2}, 4, 3)), 0.6, 1e-12);
  SaliencyMap with_against = kMap;
  with_against.values[3] = -5;  // speaks against: no energy
  EXPECT_NEAR(energy_share(with_against, box_region({0, 1, 2, 2}, 4, 3)), 0.6, 1e-12);
}

// sum h d^2 from (1, 1): the value above and below 1 each, left 2, right 1, (3, 2): 1 * 5 = 10; over 10 * 2^2.
TEST(Compactness, IsTheSpreadAroundTheLargestValue) {
  EXPECT_NEAR(compactness(kMap, 2), std::sqrt(10.0 / (10 * 4)), 1e-12);
  EXPECT_EQ(compactness(map_of(3, 1, {0, 7, 0}), 2), 0);
}

// Own: column 1 with 6; others: the left column with 2 and one that overlaps the own object; what overlaps is its own.
TEST(OtherObjects, IsTheirShareOfAllObjects) {
  const RegionMask own = box_region({1, 0, 2, 3}, 4, 3);
  EXPECT_NEAR(other_objects_share(kMap, own, {box_region({0, 0, 1, 3}, 4, 3)}), 2.0 / 8, 1e-12);
  EXPECT_NEAR(other_objects_share(kMap, own, {box_region({0, 0, 2, 3}, 4, 3)}), 2.0 / 8, 1e-12);
  EXPECT_TRUE(std::isnan(other_objects_share(kMap, own, {})));
}

// Largest 4: from 0.1 to 0.2 all six positive cells (least 0.4, 0.8) are marked, at 0.3 to 0.5 those of 2 and 4 (1.2, 1.6, 2), above
// that the largest alone. The mask is these two cells.
TEST(MaskOverlap, GoesOverNineThresholds) {
  const MaskOverlap overlap = mask_overlap(kMap, box_region({0, 1, 2, 2}, 4, 3));
  EXPECT_NEAR(overlap.mean, (2 * (2.0 / 6) + 3 * 1.0 + 4 * 0.5) / 9, 1e-12);
  EXPECT_EQ(overlap.best, 1);
}

TEST(MapMetrics, RefuseARegionOfAnotherSize) {
  EXPECT_THROW(pointing(kMap, box_region({0, 0, 1, 1}, 3, 4)), Error);
}

TEST(FallingOrder, GoesFromTheLargestAndDrawsAmongEqualOnes) {
  const auto order = falling_order(kMap, 1);
  ASSERT_EQ(order.size(), 12u);
  EXPECT_EQ(order[0], 5);
  EXPECT_EQ(order[1], 4);
  const std::set<std::int32_t> ones(order.begin() + 2, order.begin() + 6);
  EXPECT_EQ(ones, (std::set<std::int32_t>{1, 6, 9, 11}));
  EXPECT_EQ(order, falling_order(kMap, 1));
  EXPECT_NE(order, falling_order(kMap, 2));
}

// An empty map has no direction: on average its first half is spread over all rows alike.
TEST(FallingOrder, OfAnEmptyMapGoesNowhere) {
  const auto order = falling_order(map_of(100, 100, std::vector<double>(10000, 0.0)), 3);
  const auto upper = std::count_if(order.begin(), order.begin() + 5000,
                                   [](std::int32_t pixel) { return pixel < 5000; });
  EXPECT_NEAR(static_cast<double>(upper), 2500, 150);
}

TEST(RandomCells, AreOfOneValueEach) {
  const SaliencyMap map = random_cells(10, 6, 4, 7);
  EXPECT_EQ(map.at(0, 0), map.at(3, 3));
  EXPECT_NE(map.at(3, 3), map.at(4, 3));
  EXPECT_EQ(map.at(8, 5), map.at(9, 4));
  EXPECT_EQ(map.values, random_cells(10, 6, 4, 7).values);
}

TEST(BoxGaussian, IsLargestInTheMiddleOfTheBox) {
  const SaliencyMap map = box_gaussian(20, 10, {4, 2, 13, 7});
  EXPECT_EQ(std::max_element(map.values.begin(), map.values.end()) - map.values.begin(),
            4 * 20 + 8);
  EXPECT_GT(energy_share(map, box_region({4, 2, 13, 7}, 20, 10)), 0.85);
}

TEST(CellMeans, AreOfTheCellsPixels) {
  EXPECT_EQ(cell_means(kMap, 2).values, (std::vector<double>{7.0 / 4, 1.0 / 4, 1.0 / 2, 1.0 / 2}));
}

TEST(Similarity, IsOneOfAMapWithItself) {
  const SaliencyMap map = random_cells(24, 16, 1, 5);
  EXPECT_NEAR(structural_similarity(map, map), 1, 1e-12);
  EXPECT_NEAR(absolute_rank_correlation(map, map), 1, 1e-12);
  SaliencyMap twice = map;
  for (double& value : twice.values) value *= -2;  // neither the scale nor the sign counts
  EXPECT_NEAR(structural_similarity(map, twice), 1, 1e-12);
  EXPECT_NEAR(absolute_rank_correlation(map, twice), 1, 1e-12);
}

TEST(Similarity, IsNearNothingOfTwoRandomMaps) {
  const SaliencyMap a = random_cells(60, 40, 1, 5), b = random_cells(60, 40, 1, 6);
  EXPECT_NEAR(absolute_rank_correlation(a, b), 0, 0.06);
  EXPECT_LT(structural_similarity(a, b), 0.1);
  EXPECT_THROW(structural_similarity(a, kMap), Error);
}

// Each divided by its largest, two constant maps are the same; they have no ranks to compare.
TEST(Similarity, OfConstantMaps) {
  EXPECT_NEAR(structural_similarity(map_of(2, 1, {0.5, 0.5}), map_of(2, 1, {3, 3})), 1, 1e-12);
  EXPECT_TRUE(
      std::isnan(absolute_rank_correlation(map_of(2, 1, {0.5, 0.5}), map_of(2, 1, {3, 2}))));
}

}  // namespace
}  // namespace saccade
