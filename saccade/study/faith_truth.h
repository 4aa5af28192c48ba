// The true objects that a detection's map is held against.
#pragma once

#include <optional>
#include <vector>

#include "saccade/data/coco.h"
#include "saccade/data/region_mask.h"
#include "saccade/image/resize.h"
#include "saccade/study/faith_record.h"

namespace saccade {

struct FaithTruth {
  std::optional<RegionMask> mask;  // outline of the detection's own object, where the file has one
  std::vector<RegionMask> others;  // boxes of the image's other objects
};

// The detection's own object is the annotation of its category (index into the data set) with the largest IoU, of 0.5 or
// more. Crowds are left out. Regions are pixels of the original image. Throws Error: a broken outline.
FaithTruth truth_of(const CocoDataSet& data, const FaithTarget& target, int category,
                    ImageSize image);

}  // namespace saccade
