// One number of an evaluation that somebody wants to make better.
#pragma once

#include <string>
#include <string_view>

#include "saccade/eval/coco_eval.h"

namespace saccade {

struct Objective {
  enum class Kind { kStat, kClassAp, kClassAp50, kTide };
  Kind kind = Kind::kStat;
  int index = 0;  // of kCocoStatNames (AP to APl), of the data set's categories, or a TideType
  bool operator==(const Objective&) const = default;
};

// "AP", "AP50", "AP75", "APs", "APm", "APl", "class:NAME", "class50:NAME" (as class_names() has them) or "tide:Loc".
// Throws UsageError that says what there is.
Objective parse_objective(std::string_view text, const CocoDataSet& data);
// The text that reads back to it.
std::string objective_name(const Objective& objective, const CocoDataSet& data);
// What the errors of a type cost, in AP50 (TIDE): less is better.
bool lower_is_better(const Objective& objective);

// Its value in an evaluation with its matches kept; -1 where there is no truth. Throws Error (no kept matches).
double objective_value(const CocoDataSet& data, const CocoResults& results,
                       const CocoEvaluation& evaluation, const Objective& objective,
                       int threads = 0);

}  // namespace saccade
