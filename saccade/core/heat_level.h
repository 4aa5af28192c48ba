// A map over the cells of one pyramid level, and the density of several such maps over the photograph.
#pragma once

#include <vector>

#include "saccade/core/boxes.h"
#include "saccade/core/levels.h"

namespace saccade {

// What each cell of one level received: weight, or another quantity, scattered with the operator's bilinear footprint.
struct HeatLevel {
  int level = 0;
  int stride = 0;                   // pixels of the network input
  LevelShape shape;                 // cells
  std::vector<double> cells;        // [height, width], row by row
  double valid_x = 1, valid_y = 1;  // share of the level that is image, not padding

  double sum() const;
  // Pixels of the photograph per cell, across and down.
  double cell_width(double photo_width) const { return photo_width / (shape.width * valid_x); }
  double cell_height(double photo_height) const { return photo_height / (shape.height * valid_y); }
};

// The crop of a photograph as width x height pixels, row by row: weight per pixel of the photograph, summed over the
// levels; cells are interpolated bilinearly between their centres (half-cell positions) and divided by their area, so that
// coarse levels do not win by their size.
std::vector<float> heat_density(const std::vector<HeatLevel>& levels, double photo_width,
                                double photo_height, const BoxXyxy& crop, int width, int height);

}  // namespace saccade
