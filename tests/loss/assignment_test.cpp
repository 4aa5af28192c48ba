// The cheapest one-to-one assignment.
#include "saccade/loss/assignment.h"

#include <gtest/gtest.h>

#include <algorithm>
#include <cmath>
#include <limits>
#include <numeric>

#include "saccade/core/error.h"
#include "saccade/core/random.h"

namespace saccade {
namespace {

double sum_of(const std::vector<double>& cost, std::int64_t columns,
              const std::vector<std::int64_t>& column_of) {
  double sum = 0;
  for (std::size_t row = 0; row < column_of.size(); ++row)
    sum += cost[row * columns + column_of[row]];
  return sum;
}

// Tries every order of the columns.
double least_sum(const std::vector<double>& cost, std::int64_t rows, std::int64_t columns) {
  std::vector<std::int64_t> order(columns);
  std::iota(order.begin(), order.end(), 0);
  double least = std::numeric_limits<double>::infinity();
  do {
    least = std::min(least, sum_of(cost, columns, {order.begin(), order.begin() + rows}));
  } while (std::next_permutation(order.begin(), order.end()));
  return least;
}

TEST(Assignment, TakesTheCheapestThoughTheFirstRowMustGiveWay) {
  // Row 0 would take column 1 (1), but then row 1 pays 9.
  EXPECT_EQ(assign(std::vector<double>{4, 1, 9, 2}, 2, 2), (std::vector<std::int64_t>{0, 1}));
}

TEST(Assignment, IsNeverDearerThanAnyOther) {
  Random random(5);
  for (int round = 0; round < 300; ++round) {
    const std::int64_t columns = random.between(1, 6), rows = random.between(0, columns);
    std::vector<double> cost(rows * columns);
    // Few values, so that ties are common; negative ones too.
    for (double& c : cost) c = static_cast<double>(random.between(-4, 4));
    const auto column_of = assign(cost, rows, columns);
    std::vector<std::int64_t> sorted = column_of;
    std::sort(sorted.begin(), sorted.end());
    EXPECT_EQ(std::adjacent_find(sorted.begin(), sorted.end()), sorted.end());
    EXPECT_DOUBLE_EQ(sum_of(cost, columns, column_of),
                     rows == 0 ? 0 : least_sum(cost, rows, columns));
  }
}

TEST(Assignment, RefusesWhatHasNoAnswer) {
  EXPECT_THROW(assign(std::vector<double>{1, 2}, 2, 1), Error);
  EXPECT_THROW(assign(std::vector<double>{1, std::nan("")}, 1, 2), Error);
  EXPECT_THROW(assign(std::vector<double>{1, 2, 3}, 1, 2), Error);
}

}  // namespace
}  // namespace saccade
