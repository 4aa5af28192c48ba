// What each detection of one image is at IoU 0.5: a hit, or which of TIDE's errors.
#pragma once

#include <cstdint>
#include <vector>

#include "saccade/data/coco_results.h"

namespace saccade {

struct ImageMatch {
  // TIDE's types (tide.h) in their order, after the hit.
  enum Kind : std::int32_t {
    kNotCounted = -1,  // matches a crowd, or is not among the 100 best of its category
    kHit = 0,
    kCls,
    kLoc,
    kBoth,
    kDupe,
    kBkg
  };
  Kind kind = kNotCounted;
  std::int32_t truth = -1;  // that it concerns, an index into data.annotations_of(image); -1: none
};

// By detection, as an evaluation of this image alone counts them. `detections` are of `image` (an index into
// data.images()), by falling score; IoU of boxes. Throws Error (no such image).
std::vector<ImageMatch> match_image(const CocoDataSet& data, int image,
                                    std::vector<CocoDetection> detections);

}  // namespace saccade
