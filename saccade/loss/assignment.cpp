// The cheapest one-to-one assignment, by shortest augmenting paths.
#include "saccade/loss/assignment.h"

#include <algorithm>
#include <cmath>
#include <limits>

#include "saccade/core/error.h"
#include "saccade/loss/cpu/match_kernels.h"

namespace saccade {
namespace {

constexpr std::int64_t kNone = -1;
constexpr double kInfinity = std::numeric_limits<double>::infinity();

// The columns that a search has not done with, in the order in which scipy visits them: from the last
// to the first, and where one is done the one at the end takes its place.
class OpenColumns {
 public:
  explicit OpenColumns(std::int64_t count) : columns_(count), place_(count), open_(count) {
    for (std::int64_t i = 0; i < count; ++i) columns_[i] = place_[i] = count - 1 - i;
  }

  std::int64_t place(std::int64_t column) const { return place_[column]; }

  void close(std::int64_t column) {
    const std::int64_t at = place_[column], last = columns_[--open_];
    columns_[at] = last;
    place_[last] = at;
    place_[column] = at;  // where it was, for reopen
  }

  // Takes the last close() back.
  void reopen(std::int64_t column) {
    place_[columns_[open_]] = open_;
    columns_[place_[column]] = column;
    ++open_;
  }

 private:
  std::vector<std::int64_t> columns_, place_;
  std::int64_t open_;
};

class Assigner {
 public:
  Assigner(std::span<const double> cost, std::int64_t rows, std::int64_t columns)
      : cost_(cost),
        columns_(columns),
        row_price_(rows, 0),
        column_price_(columns, 0),
        distance_(columns),
        came_from_(columns),
        column_of_(rows, kNone),
        row_of_(columns, kNone),
        nearest_(columns),
        open_(columns) {}

  std::vector<std::int64_t> run() {
    for (std::int64_t row = 0; row < std::ssize(column_of_); ++row) {
      const std::int64_t free_column = search(row);
      raise_prices(row);
      augment(row, free_column);
    }
    return std::move(column_of_);
  }

 private:
  struct Closed {
    std::int64_t column;
    double distance, price;  // of the column when it was closed
  };

  // The cheapest path from `row` to a column without a row; returns that column. There is one: it is
  // never dearer than its cost in `row`, which is finite.
  std::int64_t search(std::int64_t row) {
    closed_.clear();
    length_ = 0;
    for (std::int64_t at = row;;) {
      const std::int64_t column = relax(at);
      length_ = distance_[column];
      if (row_of_[column] == kNone) return column;
      closed_.push_back({column, length_, column_price_[column]});
      open_.close(column);
      // Never nearer, never nearest.
      column_price_[column] = -kInfinity;
      distance_[column] = kInfinity;
      at = row_of_[column];
    }
  }

  // Shortens the ways through row `at`; returns the nearest open column.
  std::int64_t relax(std::int64_t at) {
    const std::int64_t count = relax_({.row = at,
                                       .columns = columns_,
                                       .length = length_,
                                       .price = row_price_[at],
                                       .cost = cost_.data() + at * columns_,
                                       .column_price = column_price_.data(),
                                       .distance = distance_.data(),
                                       .came_from = came_from_.data(),
                                       .is_first = closed_.empty()},
                                      nearest_.data());
    return count == 1 ? nearest_[0] : first_of_equals(count);
  }

  // As scipy: the last one in its order that has no row; where all have rows the first one.
  std::int64_t first_of_equals(std::int64_t count) const {
    const auto rank = [&](std::int64_t column) {
      const std::int64_t place = open_.place(column);
      return row_of_[column] == kNone ? columns_ + place : -place;
    };
    return *std::max_element(nearest_.begin(), nearest_.begin() + count,
                             [&](std::int64_t a, std::int64_t b) { return rank(a) < rank(b); });
  }

  void raise_prices(std::int64_t row) {
    row_price_[row] += length_;
    for (; !closed_.empty(); closed_.pop_back()) {
      const Closed& closed = closed_.back();
      row_price_[row_of_[closed.column]] += length_ - closed.distance;
      column_price_[closed.column] = closed.price - (length_ - closed.distance);
      open_.reopen(closed.column);
    }
  }

  void augment(std::int64_t row, std::int64_t column) {
    for (std::int64_t at = kNone; at != row;) {
      at = came_from_[column];
      row_of_[column] = at;
      std::swap(column_of_[at], column);
    }
  }

  const decltype(AssignKernels::relax) relax_ = match_kernels().assign.relax;
  std::span<const double> cost_;
  std::int64_t columns_;
  std::vector<double> row_price_, column_price_, distance_;
  std::vector<std::int64_t> came_from_, column_of_, row_of_;
  std::vector<std::int64_t> nearest_;  // columns at the least distance
  OpenColumns open_;
  std::vector<Closed> closed_;  // columns on the way of this search, in their order
  double length_ = 0;           // of the path found last
};

}  // namespace

std::vector<std::int64_t> assign(std::span<const double> cost, std::int64_t rows,
                                 std::int64_t columns) {
  if (rows < 0 || rows > columns || std::ssize(cost) != rows * columns) {
    throw Error(text_of("assignment: ", cost.size(), " costs for ", rows, " rows and ", columns,
                        " columns, expected no more rows than columns"));
  }
  if (!match_kernels().assign.all_finite(cost.data(), std::ssize(cost))) {
    const auto wrong =
        std::find_if_not(cost.begin(), cost.end(), [](double c) { return std::isfinite(c); });
    const std::int64_t i = wrong - cost.begin();
    throw Error(text_of("assignment: the cost of row ", i / columns, " and column ", i % columns,
                        " is ", *wrong));
  }
  return Assigner(cost, rows, columns).run();
}

}  // namespace saccade
