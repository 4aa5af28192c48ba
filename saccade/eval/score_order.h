// The order of scores from high to low, equal ones as they came.
#pragma once

#include <cstdint>
#include <vector>

namespace saccade {

// Keeps its memory between calls.
class ScoreOrder {
 public:
  void clear() { items_.clear(); }
  void reserve(std::size_t count) { items_.reserve(count); }
  void add(double score);  // the next item; finite

  // Positions 0 to n - 1 by descending score, stable; 0.0 and -0.0 are equal.
  // Valid until the next call that changes the object.
  struct Item {
    std::uint64_t key;  // ascending where scores descend
    std::uint32_t position;
  };
  const std::vector<Item>& sort();

 private:
  std::vector<Item> items_, other_;
};

}  // namespace saccade
