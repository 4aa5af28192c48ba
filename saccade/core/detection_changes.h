// What became of each detection: two results for one image, matched box by box.
#pragma once

#include <span>
#include <vector>

#include "saccade/core/boxes.h"

namespace saccade {

struct DetectionChange {
  enum Kind { kKept, kLost, kGained };
  Kind kind = kKept;
  int before = -1, after = -1;  // indices; -1 where there is none
  double iou = 0;               // of the two boxes; 0 unless kept
};

// Matched greedily: the detections before, by falling score, each take the detection after of the same
// label with the highest IoU of at least `min_iou` that none took yet. Every detection is in one
// change: kept or lost by falling score before, then gained by falling score. Equal scores keep their
// order. What is below a threshold is for the caller to leave out.
std::vector<DetectionChange> match_detections(std::span<const Detection> before,
                                              std::span<const Detection> after,
                                              double min_iou = 0.5);

}  // namespace saccade
