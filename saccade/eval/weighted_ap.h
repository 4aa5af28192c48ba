// AP of a class where every image counts a number of times.
#pragma once

#include <array>
#include <cstdint>
#include <span>
#include <vector>

#include "saccade/eval/coco_matching.h"

namespace saccade {

// Sum over the recall thresholds of the precision, per IoU threshold (100 detections).
using PrecisionSums = std::array<double, kNumIouThresholds>;

// Of so many truths, the least number of hits that reaches each recall threshold.
struct RecallSteps {
  explicit RecallSteps(std::int64_t positives);
  std::array<std::int64_t, kNumRecallThresholds> needed;
};

// The sum over the recall thresholds of the best precision at or beyond each; `precision` at each hit, `hits` up to and
// with it. The copies of an image's hit follow each other and precision rises with each: the last stands for all.
double sum_of_curve(const std::vector<double>& precision, const std::vector<std::int64_t>& hits,
                    const RecallSteps& steps);

// The detections of a class in the order of their scores, in 4 bytes each and 12 more for those that
// may match; and its truths.
class WeightedClass {
 public:
  // The truths of one area range, and detections that count there.
  WeightedClass(const CocoResults& results, const CategoryMatches& matches, int area = kAllAreas);

  // The curve where image i counts weights[i] times, with `positives` truths in all (> 0).
  // Keeps its working memory in `work`.
  struct Work {
    std::array<std::vector<double>, kNumIouThresholds> precision;
    std::array<std::vector<std::int64_t>, kNumIouThresholds> hits;  // up to and with the image's
  };
  PrecisionSums precision_sums(std::span<const std::int32_t> weights, std::int64_t positives,
                               Work& work) const;

 private:
  struct Contender {
    std::int32_t image = 0;
    IouBits true_positive = 0, ignored = 0;
    std::uint32_t others_end = 0;  // of others_ with a better or equal, earlier score
  };
  std::vector<Contender> contenders_;
  std::vector<std::int32_t> others_;  // images of false positives that match nothing
};

}  // namespace saccade
