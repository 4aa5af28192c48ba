// How much of a detection is left in another output: the scores that removal is measured by. explain.md 4.2.
#pragma once

#include <vector>

#include "saccade/explain/detection_vector.h"
#include "saccade/study/removal_curve.h"

namespace saccade {

// A detection as removal is measured against it.
struct ScoreTarget {
  int label = 0;  // class index
  DetectionVector detection;
};

// Of each image of an output [layers, N, Q, ...]; its last layer counts. With a `query` of 0 or more that output alone counts:
// where one query is changed, another that finds the same object would hide what it does.
std::vector<TargetScore> target_scores(ModelFamily family, const ModelOutput& output,
                                       const ScoreTarget& target, int query = -1);

}  // namespace saccade
