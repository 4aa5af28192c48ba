// Attention as a map over the photograph: cells of each level, and their density.
#pragma once

#include <string>
#include <vector>

#include "saccade/core/boxes.h"
#include "saccade/core/levels.h"
#include "saccade/image/image.h"

namespace saccade {

// The weight each cell of one level received, scattered with the operator's bilinear footprint.
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

// Values of the crop of a photograph as width x height pixels, row by row.
//
// heat_density: weight per pixel of the photograph, summed over the levels; cells are interpolated
// bilinearly between their centres (half-cell positions) and divided by their area, so that coarse
// levels do not win by their size.
std::vector<float> heat_density(const std::vector<HeatLevel>& levels, double photo_width,
                                double photo_height, const BoxXyxy& crop, int width, int height);
// heat_cells: the weight of the cell a pixel lies in, unsmoothed.
std::vector<float> heat_cells(const HeatLevel& level, double photo_width, double photo_height,
                              const BoxXyxy& crop, int width, int height);

// Lays viridis over the pixels: t = sqrt(value / max), opacity min(0.85, 1.15 t).
void blend_heat(Image& pixels, const std::vector<float>& values, double max);

// Throws Error when cells and shape of a level do not fit or the valid part is empty.
void check_heat_levels(const std::vector<HeatLevel>& levels);

}  // namespace saccade
