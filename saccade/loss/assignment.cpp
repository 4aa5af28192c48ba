// The cheapest one-to-one assignment, by shortest augmenting paths.
#include "saccade/loss/assignment.h"

#include <cmath>
#include <limits>
#include <numeric>

#include "saccade/core/error.h"

namespace saccade {
namespace {

constexpr std::int64_t kNone = -1;
constexpr double kInfinity = std::numeric_limits<double>::infinity();

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
        row_of_(columns, kNone) {}

  std::vector<std::int64_t> run() {
    for (std::int64_t row = 0; row < std::ssize(column_of_); ++row) {
      const std::int64_t free_column = search(row);
      raise_prices(row);
      augment(row, free_column);
    }
    return std::move(column_of_);
  }

 private:
  // The cheapest path from `row` to a column without a row; returns that column.
  std::int64_t search(std::int64_t row) {
    std::fill(distance_.begin(), distance_.end(), kInfinity);
    open_.resize(columns_);
    // From the back, as scipy: among equals the first column is met last and wins.
    for (std::int64_t i = 0; i < columns_; ++i) open_[i] = columns_ - 1 - i;
    reached_rows_ = {row};
    closed_.clear();
    length_ = 0;
    for (std::int64_t at = row;;) {
      const std::size_t nearest = relax(at);
      length_ = distance_[open_[nearest]];
      const std::int64_t column = open_[nearest];
      closed_.push_back(column);
      open_[nearest] = open_.back();
      open_.pop_back();
      if (row_of_[column] == kNone) return column;
      at = row_of_[column];
      reached_rows_.push_back(at);
    }
  }

  // Shortens the ways through row `at`; returns the place in open_ of the nearest column.
  std::size_t relax(std::int64_t at) {
    const double* cost = cost_.data() + at * columns_;
    std::size_t nearest = 0;
    double least = kInfinity;
    for (std::size_t i = 0; i < open_.size(); ++i) {
      const std::int64_t column = open_[i];
      // In scipy's order: another rounding would break ties another way.
      const double reduced = length_ + cost[column] - row_price_[at] - column_price_[column];
      if (reduced < distance_[column]) {
        distance_[column] = reduced;
        came_from_[column] = at;
      }
      const double distance = distance_[column];
      if (distance < least || (distance == least && row_of_[column] == kNone)) {
        least = distance;
        nearest = i;
      }
    }
    return nearest;
  }

  void raise_prices(std::int64_t row) {
    row_price_[row] += length_;
    for (const std::int64_t reached : reached_rows_) {
      if (reached != row) row_price_[reached] += length_ - distance_[column_of_[reached]];
    }
    for (const std::int64_t column : closed_) column_price_[column] -= length_ - distance_[column];
  }

  void augment(std::int64_t row, std::int64_t column) {
    for (std::int64_t at = kNone; at != row;) {
      at = came_from_[column];
      row_of_[column] = at;
      std::swap(column_of_[at], column);
    }
  }

  std::span<const double> cost_;
  std::int64_t columns_;
  std::vector<double> row_price_, column_price_, distance_;
  std::vector<std::int64_t> came_from_, column_of_, row_of_, open_, closed_, reached_rows_;
  double length_ = 0;  // of the path found last
};

}  // namespace

std::vector<std::int64_t> assign(std::span<const double> cost, std::int64_t rows,
                                 std::int64_t columns) {
  if (rows < 0 || rows > columns || std::ssize(cost) != rows * columns) {
    throw Error(text_of("assignment: ", cost.size(), " costs for ", rows, " rows and ", columns,
                        " columns, expected no more rows than columns"));
  }
  for (std::size_t i = 0; i < cost.size(); ++i) {
    if (!std::isfinite(cost[i]))
      throw Error(text_of("assignment: the cost of row ", i / columns, " and column ", i % columns,
                          " is ", cost[i]));
  }
  return Assigner(cost, rows, columns).run();
}

}  // namespace saccade
