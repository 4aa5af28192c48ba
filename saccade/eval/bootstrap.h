// How far a difference in AP depends on which images were evaluated: a paired bootstrap over images.
#pragma once

#include <cstdint>

#include "saccade/eval/coco_eval.h"

namespace saccade {

struct BootstrapOptions {
  int resamples = 1000;
  std::uint64_t seed = 0;
  double confidence = 0.95;
  int threads = 0;     // < 1: all; the result is the same for any number
  void check() const;  // throws Error and names the field
};

// A number of the evaluated images and where it lies in `confidence` of the resamples (percentiles).
struct BootstrapInterval {
  double value = 0, low = 0, high = 0;
};

struct BootstrapDifference {
  BootstrapInterval first, second;  // of the two results
  BootstrapInterval difference;     // second - first
  double p = 1;  // two-sided: twice the smaller share of resamples on either side of 0, at most 1
};

struct BootstrapComparison {
  BootstrapDifference ap, ap50;
  int resamples = 0;
  std::uint64_t seed = 0;
};

// Draws as many images as were evaluated, with replacement, and evaluates both results on them: the
// detections and truths of an image drawn w times count w times. Matches do not depend on other images,
// so only the curves are computed again. With w copies of an image side by side in the data set,
// pycocotools would give the same AP (but for equal scores within one image, whose copies it
// interleaves). A class without truths in a resample is left out of its mean, as ever.
//
// Both evaluations must have kept their matches and be of the same images of one data set, else Error.
// `first_results` and `second_results` are what they evaluated.
BootstrapComparison compare_by_bootstrap(const CocoDataSet& data, const CocoResults& first_results,
                                         const CocoEvaluation& first,
                                         const CocoResults& second_results,
                                         const CocoEvaluation& second,
                                         const BootstrapOptions& options = {});

}  // namespace saccade
