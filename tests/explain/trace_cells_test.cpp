// Cells of the levels: the token under a place, and the cells that samples read.
#include <gtest/gtest.h>

#include <algorithm>
#include <vector>

#include "saccade/core/error.h"
#include "saccade/explain/trace.h"

namespace saccade {
namespace {

const std::vector<LevelShape> kTwoLevels = {{4, 6}, {2, 3}};  // 24 and 6 tokens

TEST(TokenUnder, CornersBelongToTheCornerCells) {
  const at::Tensor whole = at::ones({2, 2});
  EXPECT_EQ(token_under({0, 0, 0}, kTwoLevels, whole), 0);
  EXPECT_EQ(token_under({0.999, 0, 0}, kTwoLevels, whole), 5);
  EXPECT_EQ(token_under({0, 0.999, 0}, kTwoLevels, whole), 18);
  EXPECT_EQ(token_under({0.999, 0.999, 0}, kTwoLevels, whole), 23);
  EXPECT_EQ(token_under({0, 0, 1}, kTwoLevels, whole), 24);
  EXPECT_EQ(token_under({0.5, 0.5, 1}, kTwoLevels, whole), 24 + 3 + 1);
}

TEST(TokenUnder, TheFarBorderAndBeyondBelongToTheLastCell) {
  const at::Tensor whole = at::ones({2, 2});
  EXPECT_EQ(token_under({1, 1, 0}, kTwoLevels, whole), 23);
  EXPECT_EQ(token_under({1, 1, 1}, kTwoLevels, whole), 29);
  EXPECT_EQ(token_under({1.5, -0.2, 0}, kTwoLevels, whole), 5);
}

// 3 of 6 columns and 3 of 4 rows carry image.
TEST(TokenUnder, CountsOnlyCellsThatCarryImage) {
  const at::Tensor ratios = at::tensor({0.5, 0.75, 1.0, 1.0}, at::kFloat).view({2, 2});
  EXPECT_EQ(token_under({0.999, 0.999, 0}, kTwoLevels, ratios), 2 * 6 + 2);
  EXPECT_EQ(token_under({1, 1, 0}, kTwoLevels, ratios), 2 * 6 + 2);
  EXPECT_EQ(token_under({0.34, 0.32, 0}, kTwoLevels, ratios), 1);
}

TEST(TokenUnder, ALevelThatDoesNotExistIsAWrongCall) {
  EXPECT_THROW(token_under({0, 0, 2}, kTwoLevels, at::ones({2, 2})), UsageError);
  EXPECT_THROW(token_under({0, 0, -1}, kTwoLevels, at::ones({2, 2})), UsageError);
}

// One level of 2 x 4 cells, one head, three points of weights 0.5, 0.3 and 0.2.
TEST(ScatterToCells, GivesWeightToTheCellsThatWereRead) {
  const at::Tensor locations = at::tensor({1.5 / 4, 0.5 / 2,    // the centre of cell (0, 1)
                                           2.25 / 4, 1.25 / 2,  // between four cells
                                           0.0, 0.5 / 2},       // half outside, to the left
                                          at::kDouble)
                                   .view({1, 1, 3, 2});
  const at::Tensor weights = at::tensor({0.5, 0.3, 0.2}, at::kDouble).view({1, 1, 3});
  const auto maps = scatter_to_cells(locations, weights, {{2, 4}});
  ASSERT_EQ(maps.size(), 1u);
  // Point 2 stands at u = 1.75, v = 0.75: shares 0.25 | 0.75 across and down.
  const at::Tensor expected = at::tensor({0.1, 0.5 + 0.3 * 0.0625, 0.3 * 0.1875, 0.0,  //
                                          0.0, 0.3 * 0.1875, 0.3 * 0.5625, 0.0},
                                         at::kDouble)
                                  .view({2, 4});
  EXPECT_LT((maps[0] - expected).abs().max().item<double>(), 1e-12);
}

TEST(ScatterToCells, AveragesTheHeads) {
  const at::Tensor locations = at::tensor({0.25, 0.5, 0.75, 0.5}, at::kDouble).view({2, 1, 1, 2});
  const auto maps = scatter_to_cells(locations, at::ones({2, 1, 1}), {{1, 2}});
  EXPECT_DOUBLE_EQ(maps[0][0][0].item<double>(), 0.5);
  EXPECT_DOUBLE_EQ(maps[0][0][1].item<double>(), 0.5);
}

// How much of a sample at (x, y) lies on the map, from the distance to its borders alone.
double share_inside(double x, double y, const LevelShape& level) {
  const auto part = [](double u, double cells) {
    return std::clamp(std::min(u + 1, cells - u), 0.0, 1.0);
  };
  const auto width = static_cast<double>(level.width);
  const auto height = static_cast<double>(level.height);
  return part(x * width - 0.5, width) * part(y * height - 0.5, height);
}

TEST(ScatterToCells, WhatFellOutsideAndWhatIsThereAddUpToOne) {
  const std::vector<LevelShape> levels = {{5, 7}, {3, 4}, {1, 1}};
  at::manual_seed(12);
  double outside_of_all = 0;
  for (int round = 0; round < 50; ++round) {
    const at::Tensor locations = at::rand({4, 3, 4, 2}, at::kDouble) * 1.6 - 0.3;
    const at::Tensor weights = at::softmax(at::randn({4, 12}, at::kDouble), -1).view({4, 3, 4});
    double inside = 0;
    for (const at::Tensor& map : scatter_to_cells(locations, weights, levels)) {
      EXPECT_GE(map.min().item<double>(), 0);
      inside += map.sum().item<double>();
    }
    double outside = 0;
    const auto place = locations.accessor<double, 4>();
    const auto weight = weights.accessor<double, 3>();
    for (int m = 0; m < 4; ++m) {
      for (int l = 0; l < 3; ++l) {
        for (int p = 0; p < 4; ++p) {
          outside += weight[m][l][p] / 4 *
                     (1 - share_inside(place[m][l][p][0], place[m][l][p][1], levels[l]));
        }
      }
    }
    ASSERT_NEAR(inside + outside, 1, 1e-12);
    outside_of_all += outside;
  }
  EXPECT_GT(outside_of_all, 1);
}

}  // namespace
}  // namespace saccade
