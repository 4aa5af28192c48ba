// The cheapest one-to-one assignment of rows to columns.
#pragma once

#include <cstdint>
#include <span>
#include <vector>

namespace saccade {

// `cost` is [rows, columns], row by row, rows <= columns. Returns the column of each row; no column
// comes twice and the sum of the costs is the least. Ties are broken as scipy's linear_sum_assignment
// breaks them. O(rows^2 columns). Throws Error for a cost that is not finite or a matrix with more
// rows than columns.
// Source: Crouse, "On implementing 2D rectangular assignment algorithms", IEEE TAES 52, 2016.
std::vector<std::int64_t> assign(std::span<const double> cost, std::int64_t rows,
                                 std::int64_t columns);

}  // namespace saccade
