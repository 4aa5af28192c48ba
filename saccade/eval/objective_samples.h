// Objectives of an evaluation whose images count a number of times each.
#pragma once

#include <array>
#include <cstdint>
#include <span>
#include <vector>

#include "saccade/eval/objective.h"
#include "saccade/eval/tide_repair.h"
#include "saccade/eval/weighted_ap.h"

namespace saccade {

// Matches do not depend on other images, so only the curves are computed again. With w copies of an image side by side
// in the data set pycocotools would give the same (but for equal scores within one image, whose copies it interleaves).
// A class without truths is left out of its mean, as ever.
class ObjectiveSampler {
 public:
  // `evaluation` has kept its matches. `objectives` must outlive the object.
  ObjectiveSampler(const CocoDataSet& data, const CocoResults& results,
                   const CocoEvaluation& evaluation, std::span<const Objective> objectives,
                   int threads);

  // Each objective where image i of the data set counts weights[i] times; -1 where there is nothing to average.
  std::vector<double> values(std::span<const std::int32_t> weights) const;

 private:
  struct TruthCount {
    std::int32_t image = 0, count = 0;
  };
  struct Area {
    bool is_asked = false;
    std::vector<std::vector<TruthCount>> truths;  // per category
    std::vector<WeightedClass> classes;
  };
  struct ClassCurve {
    bool has_truths = false;
    PrecisionSums sums{};
  };

  void add_area(int area, const CocoDataSet& data, const CocoResults& results,
                const CocoEvaluation& evaluation);
  std::vector<ClassCurve> curves(const Area& area, std::span<const std::int32_t> weights) const;
  double tide(TideRepair repair, std::span<const std::int32_t> weights) const;

  const std::span<const Objective> objectives_;
  std::array<Area, kNumAreaRanges> areas_;
  std::vector<TideClass> tide_;
};

}  // namespace saccade
