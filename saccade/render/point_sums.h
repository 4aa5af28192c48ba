// What sampling points add up to: shares of their weight, and how far away they lie.
#pragma once

#include <vector>

#include "saccade/render/figure_subject.h"

namespace saccade {

double weight_of(const std::vector<SamplePoint>& points);

// The part of the points' weight on each level of the model; 0 where they have none.
std::vector<double> level_shares(const std::vector<SamplePoint>& points, std::size_t levels);
// The weight a head gives each level, mean over all heads of the model: an intervention that takes weight away leaves less than 1.
std::vector<double> mean_level_weights(const std::vector<SamplePoint>& points, int heads,
                                       std::size_t levels);

// The part of the points' weight in the box, and outside an image of this size; 0 where they have none.
double share_in_box(const std::vector<SamplePoint>& points, const BoxXyxy& box);
double share_outside(const std::vector<SamplePoint>& points, double width, double height);

// How many of the heaviest points carry `share` of the weight.
std::size_t points_that_carry(std::vector<SamplePoint> points, double share);

// Mean over all heads of the model of a head's weighted distance from (x, y), pixels. Heads without weight count as 0.
double mean_radius(const std::vector<SamplePoint>& points, int heads, double x, double y);

}  // namespace saccade
