// The step of the assignment's search, once for all vector widths. As match_cost_loops.h: internal
// linkage, no standard library.
#pragma once

#include "saccade/loss/cpu/match_kernels.h"

namespace saccade {
namespace {

template <int kLanes>
struct Lanes {
  typedef double Numbers __attribute__((vector_size(kLanes * 8)));
  typedef std::int64_t Indices __attribute__((vector_size(kLanes * 8)));
};

template <typename V>
[[gnu::always_inline]] inline V load(const void* from) {
  V value;
  __builtin_memcpy(&value, from, sizeof value);
  return value;
}

template <typename V>
[[gnu::always_inline]] inline void store(void* to, const V& value) {
  __builtin_memcpy(to, &value, sizeof value);
}

// Column j, or with vectors as arguments several from j on; returns the distance.
template <bool kIsFirst, typename Number, typename Index>
[[gnu::always_inline]] inline Number relax_at(const RelaxedRow& row, std::int64_t j,
                                              Index through) {
  // In scipy's order: another rounding would break ties another way.
  Number distance =
      row.length + load<Number>(row.cost + j) - row.price - load<Number>(row.column_price + j);
  if constexpr (!kIsFirst) {
    const auto old_distance = load<Number>(row.distance + j);
    const auto is_shorter = distance < old_distance;
    distance = is_shorter ? distance : old_distance;
    through = is_shorter ? through : load<Index>(row.came_from + j);
  }
  store(row.came_from + j, through);
  store(row.distance + j, distance);
  return distance;
}

template <int kLanes, bool kIsFirst>
std::int64_t relax_from(const RelaxedRow& row, std::int64_t* nearest) {
  using Numbers = typename Lanes<kLanes>::Numbers;
  using Indices = typename Lanes<kLanes>::Indices;
  constexpr double kInfinity = __builtin_inf();
  const std::int64_t whole = row.columns - row.columns % kLanes;
  Numbers least_of = Numbers{} + kInfinity;  // of the columns j = lane (modulo kLanes)
  for (std::int64_t j = 0; j < whole; j += kLanes) {
    const Numbers distance = relax_at<kIsFirst, Numbers>(row, j, Indices{} + row.row);
    least_of = distance < least_of ? distance : least_of;
  }
  double least = kInfinity;
  for (int lane = 0; lane < kLanes; ++lane) least = least_of[lane] < least ? least_of[lane] : least;
  for (std::int64_t j = whole; j < row.columns; ++j) {
    const double distance = relax_at<kIsFirst, double>(row, j, row.row);
    least = distance < least ? distance : least;
  }
  std::int64_t count = 0;
  for (int lane = 0; lane < kLanes; ++lane) {
    if (least_of[lane] != least) continue;
    for (std::int64_t j = lane; j < whole; j += kLanes)
      if (row.distance[j] == least) nearest[count++] = j;
  }
  for (std::int64_t j = whole; j < row.columns; ++j)
    if (row.distance[j] == least) nearest[count++] = j;
  return count;
}

template <int kLanes>
std::int64_t relax(const RelaxedRow& row, std::int64_t* nearest) {
  return row.is_first ? relax_from<kLanes, true>(row, nearest)
                      : relax_from<kLanes, false>(row, nearest);
}

}  // namespace
}  // namespace saccade
