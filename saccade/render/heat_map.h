// Attention as a map over the photograph: cells of each level, and their density.
#pragma once

#include <vector>

#include "saccade/core/boxes.h"
#include "saccade/core/heat_level.h"
#include "saccade/image/image.h"
#include "saccade/render/figure_subject.h"

namespace saccade {

// Values of the crop of a photograph as width x height pixels, row by row: the weight of the cell a pixel lies in,
// unsmoothed. (heat_density, core/heat_level.h, is the smooth one.)
std::vector<float> heat_cells(const HeatLevel& level, double photo_width, double photo_height,
                              const BoxXyxy& crop, int width, int height);

// The cells that hold something as points at their centres: what zoom_crop finds the weight by.
std::vector<SamplePoint> cell_points(const HeatLevel& level, double photo_width,
                                     double photo_height);

// Lays viridis over the pixels: t = sqrt(value / max), opacity min(0.85, 1.15 t). Signed values by t = |value| / max, on
// the side of kDifference that is theirs.
void blend_heat(Image& pixels, const std::vector<float>& values, double max,
                bool is_signed = false);

// Throws Error when cells and shape of a level do not fit or the valid part is empty.
void check_heat_levels(const std::vector<HeatLevel>& levels);

}  // namespace saccade
