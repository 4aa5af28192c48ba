// What switching each unit off does to the task: numbers of a data set, each against the same baseline.
#pragma once

#include <array>
#include <cstdint>
#include <functional>
#include <optional>
#include <vector>

#include "saccade/eval/bootstrap.h"
#include "saccade/eval/coco_eval.h"
#include "saccade/eval/objective.h"
#include "saccade/eval/tide.h"

namespace saccade {

struct EffectOptions {
  BootstrapOptions bootstrap;  // of the change of AP; its threads are those of everything here
  std::optional<Objective> objective;  // with an interval too
  double threshold = 0.5;  // least score of a detection that counts as lost, gained or moved
};

// Numbers of one variant, or their change against the baseline; NaN where there is nothing to measure.
struct EffectNumbers {
  CocoStats stats{};             // 0 to 1
  std::vector<double> class_ap;  // per category of the data set
  std::array<double, kNumTideTypes>
      tide{};  // what the errors of a type cost: dAP50 of repairing them
};

// Detections at or above the threshold, matched with those of the baseline (core/detection_changes.h).
struct ChangedDetections {
  std::int64_t kept = 0, lost = 0, gained = 0;
  std::int64_t moved = 0;  // of those kept: IoU with where they were below 0.9
};

// Images by what became of their hits minus false alarms at IoU 0.5, of detections at or above the threshold.
struct ChangedImages {
  std::int64_t better = 0, worse = 0;
  std::vector<int> best,
      worst;  // at most 10 each, the greatest change first; indices into the data set
};

struct UnitEffect {
  EffectNumbers change;
  BootstrapDifference ap, ap50;                  // baseline first
  std::optional<BootstrapDifference> objective;  // that of the options
  double q = 1;  // p of `ap` after Benjamini and Hochberg over all units
  ChangedDetections detections;
  ChangedImages images;
};

struct UnitEffects {
  EffectNumbers baseline;
  std::vector<int> images;  // evaluated, indices into the data set
  std::vector<UnitEffect> units;
};

// `read(0)` gives the baseline's detections, `read(u + 1)` those of unit u; each is held only as long as it is measured.
// `measured` is called after each. Throws Error (evaluate_coco, no image).
UnitEffects measure_effects(const CocoDataSet& data, const std::vector<int>& images, int units,
                            const std::function<CocoResults(int)>& read,
                            const EffectOptions& options, const std::function<void()>& measured);

}  // namespace saccade
