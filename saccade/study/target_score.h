// How much of a detection is left in another output: the scores that removal is measured by. explain.md 4.2.
#pragma once

#include <ATen/core/Tensor.h>

#include <vector>

#include "saccade/model/detector.h"
#include "saccade/study/removal_curve.h"

namespace saccade {

// A detection as removal is measured against it.
struct ScoreTarget {
  int label = 0;          // class index
  at::Tensor box_cxcywh;  // [4] float32, fraction of the image
  at::Tensor classes;     // [K] float32, probabilities: sigmoid, or softmax without "no object"
};

// The detection of a query in an output of one image, which lies on the CPU.
ScoreTarget score_target(ModelFamily family, const ModelOutput& output, int query, int label);

// Of each image of an output [layers, N, Q, ...]; its last layer counts. With a `query` of 0 or more that output alone counts:
// where one query is changed, another that finds the same object would hide what it does.
std::vector<TargetScore> target_scores(ModelFamily family, const ModelOutput& output,
                                       const ScoreTarget& target, int query = -1);

}  // namespace saccade
