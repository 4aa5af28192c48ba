// The order of items that stay where they are.
#pragma once

#include <algorithm>
#include <cstddef>
#include <numeric>
#include <vector>

namespace saccade {

// The places 0 to count - 1, sorted by `before(a, b)`; those that are equal stay in their order.
template <typename Before>
std::vector<std::size_t> sorted_order(std::size_t count, const Before& before) {
  std::vector<std::size_t> order(count);
  std::iota(order.begin(), order.end(), std::size_t{0});
  std::stable_sort(order.begin(), order.end(), before);
  return order;
}

}  // namespace saccade
