// Where a map lies: pointing game, energy in an object, compactness, energy in other objects, overlap with a mask.
// Negative values count as 0 in all of them. explain.md 4.2.
#pragma once

#include <vector>

#include "saccade/core/boxes.h"
#include "saccade/data/region_mask.h"
#include "saccade/study/saliency_map.h"

namespace saccade {

// The pixels whose centre lies in the box, at least the one that holds its centre. The box is in pixels of the map.
RegionMask box_region(const BoxXyxy& box, int width, int height);

// Pointing game: 1 where the map's largest value lies in the region, 0 elsewhere; where several places share it, their share
// that does. NaN of a map without a positive value.
double pointing(const SaliencyMap& map, const RegionMask& region);

// Energy pointing game: what the map has in the region over all that it has; NaN where it has nothing.
double energy_share(const SaliencyMap& map, const RegionMask& region);

// Root of the mean squared distance from the map's largest value, weighted by the map, in units of `radius` (half the diagonal
// of the object's box): sqrt(sum h |p - p_max|^2 / sum h r^2). Lower is more compact. NaN where the map has nothing.
// Where several places share the largest value, p_max is the mean of them.
double compactness(const SaliencyMap& map, double radius);

// ODI: what the map has in other objects alone over what it has in all of them; NaN where there is no other object or
// the map has nothing in any.
double other_objects_share(const SaliencyMap& map, const RegionMask& object,
                           const std::vector<RegionMask>& others);

// Intersection over union of the mask with the pixels at or above 0.1, 0.2 ... 0.9 of the map's largest value.
struct MaskOverlap {
  double mean = 0, best = 0;  // over the nine thresholds; NaN where the map or the mask has nothing
};
MaskOverlap mask_overlap(const SaliencyMap& map, const RegionMask& mask);

}  // namespace saccade
