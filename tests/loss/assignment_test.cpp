// The cheapest one-to-one assignment.
#include "saccade/loss/assignment.h"

#include <gtest/gtest.h>

#include <algorithm>
#include <cmath>
#include <limits>
#include <numeric>

#include "saccade/core/cpu_isa.h"
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

// Few values, many equal sums: which one is taken is told by scipy 1.17.1's linear_sum_assignment.
TEST(Assignment, TiesFallAsScipysOnEveryInstructionSet) {
  struct Case {
    std::vector<double> cost;  // [rows, 11]
    std::vector<std::int64_t> column_of;
  };
  const std::vector<Case> cases = {
      {{1, 1, 1, 0, 0, 0, 0, 0, 0, 1, 1, 1, 1, 1, 1, 1, 1, 1, 1, 1, 0, 1,
        1, 0, 0, 1, 1, 0, 1, 1, 1, 0, 0, 1, 0, 1, 0, 0, 0, 0, 0, 0, 0, 0,
        0, 1, 1, 1, 0, 1, 1, 0, 0, 1, 1, 1, 0, 1, 1, 1, 1, 1, 1, 0, 1, 0},
       {3, 9, 1, 4, 0, 8}},
      {{1, 1, 2, 2, 0, 0, 2, 2, 0, 0, 2, 1, 0, 2, 0, 1, 1, 1, 0, 0, 2, 2, 2, 1, 2, 0,
        1, 2, 0, 0, 0, 1, 2, 0, 1, 1, 2, 0, 1, 0, 0, 2, 0, 0, 1, 1, 0, 2, 2, 2, 0, 2,
        0, 1, 2, 0, 2, 0, 0, 2, 1, 1, 0, 0, 1, 1, 1, 2, 1, 1, 2, 2, 1, 0, 2, 1, 2},
       {4, 1, 3, 0, 2, 8, 7}},
      {{3, 1, 0, 1, 1, 3, 1, 0, 1, 2, 3, 2, 3, 0, 3, 0, 2, 1, 0, 2, 1, 2, 1, 0, 2,
        1, 2, 2, 3, 1, 0, 2, 3, 3, 3, 2, 1, 1, 0, 0, 1, 1, 2, 2, 2, 3, 3, 3, 3, 1,
        3, 3, 0, 1, 2, 2, 2, 0, 1, 0, 3, 0, 1, 3, 2, 2, 1, 3, 2, 2, 1, 1, 2, 2, 3,
        2, 1, 3, 0, 1, 1, 3, 1, 2, 0, 3, 1, 1, 0, 2, 2, 1, 3, 2, 0, 0, 1, 0, 2},
       {2, 4, 1, 5, 8, 6, 0, 7, 9}},
  };
  const CpuIsa before = cpu_isa();
  for (const CpuIsa isa : available_cpu_isas()) {
    set_cpu_isa(isa);
    for (const Case& c : cases)
      EXPECT_EQ(assign(c.cost, std::ssize(c.column_of), 11), c.column_of) << name_of(isa);
  }
  set_cpu_isa(before);
}

// Sums overflow, but a column without a row has its own cost and no more: the search ends.
TEST(Assignment, EndsWithTheLargestCosts) {
  const double huge = std::numeric_limits<double>::max();
  Random random(6);
  for (int round = 0; round < 100; ++round) {
    std::vector<double> cost(std::size_t{6} * 7);
    for (double& c : cost) c = static_cast<double>(random.between(-1, 1)) * huge;
    std::vector<std::int64_t> column_of = assign(cost, 6, 7);
    std::sort(column_of.begin(), column_of.end());
    EXPECT_EQ(std::adjacent_find(column_of.begin(), column_of.end()), column_of.end());
  }
}

TEST(Assignment, RefusesWhatHasNoAnswer) {
  EXPECT_THROW(assign(std::vector<double>{1, 2}, 2, 1), Error);
  EXPECT_THROW(assign(std::vector<double>{1, std::nan("")}, 1, 2), Error);
  EXPECT_THROW(assign(std::vector<double>{1, 2, 3}, 1, 2), Error);
}

}  // namespace
}  // namespace saccade
