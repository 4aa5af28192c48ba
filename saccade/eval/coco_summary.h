// COCO's twelve numbers and the AP of each class (evaluation.md 4.4).
#pragma once

#include <array>
#include <string>
#include <vector>

#include "saccade/eval/coco_accumulate.h"

namespace saccade {

inline constexpr int kNumCocoStats = 12;
// "AP", "AP50", "AP75", "APs", "APm", "APl", "AR1", "AR10", "AR100", "ARs", "ARm", "ARl".
extern const std::array<const char*, kNumCocoStats> kCocoStatNames;

// 0 to 1; -1 where there is nothing to average.
using CocoStats = std::array<double, kNumCocoStats>;
CocoStats summarize(const EvalArrays& arrays);

// Mean precision of one category, all areas, 100 detections: over all thresholds, or at threshold t.
double class_ap(const EvalArrays& arrays, int category);
double class_ap_at(const EvalArrays& arrays, int category, int t);

// The mean of the values above -1, summed in numpy's order; -1 where there is none.
double mean_of_known(const std::vector<double>& values);

// The familiar line of statistic i, without the line's end.
std::string stat_line(int i, double value);

}  // namespace saccade
