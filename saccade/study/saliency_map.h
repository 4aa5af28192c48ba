// A map of what mattered for one detection, as plain numbers, and how alike two of them are.
#pragma once

#include <cstdint>
#include <vector>

#include "saccade/core/boxes.h"

namespace saccade {

// One number per pixel or cell, row by row. Negative values speak against the detection.
struct SaliencyMap {
  int width = 0, height = 0;
  std::vector<double> values;

  double at(int x, int y) const {
    return values[static_cast<std::size_t>(y) * static_cast<std::size_t>(width) +
                  static_cast<std::size_t>(x)];
  }
  // Throws Error: no pixel, another number of values, a value that is not finite.
  void check() const;
};

// Pixels, the most salient first; equal ones in an order drawn from `seed`, so that an empty part of a map has no
// direction.
std::vector<std::int32_t> falling_order(const SaliencyMap& map, std::uint64_t seed);

// Cells of `cell` x `cell` pixels (those of the last row and column may be smaller), each with a value drawn evenly from 0
// to 1: cells in random order.
SaliencyMap random_cells(int width, int height, int cell, std::uint64_t seed);

// A Gaussian on the box, in pixels of the map, whose deviations are a quarter of its sides: a map that knows the box alone.
SaliencyMap box_gaussian(int width, int height, const BoxXyxy& box);

// Means over cells of `cell` x `cell` pixels.
SaliencyMap cell_means(const SaliencyMap& map, int cell);

// Spearman's rank correlation of the absolute values; NaN where a map is constant. Throws Error: other sizes.
double absolute_rank_correlation(const SaliencyMap& a, const SaliencyMap& b);

// Structural similarity of the absolute values, each map divided by its largest: mean over windows of 11 x 11 cells (less
// at the border) with Gaussian weights of 1.5 cells, K1 = 0.01, K2 = 0.03. Throws Error: other sizes.
// Source: Wang et al., "Image quality assessment", IEEE TIP 13 (2004).
double structural_similarity(const SaliencyMap& a, const SaliencyMap& b);

}  // namespace saccade
