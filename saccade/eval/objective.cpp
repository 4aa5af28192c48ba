// One number of an evaluation that somebody wants to make better.
#include "saccade/eval/objective.h"

#include <algorithm>
#include <span>

#include "saccade/core/error.h"
#include "saccade/eval/class_names.h"
#include "saccade/eval/tide.h"

namespace saccade {
namespace {

constexpr std::size_t kNumPrecisions = 6;  // of kCocoStatNames; the rest are recalls

using Kind = Objective::Kind;

constexpr const char* kPrefixes[] = {"", "class:", "class50:", "tide:"};  // by kind

std::string prefix_of(Kind kind) { return kPrefixes[static_cast<int>(kind)]; }

std::vector<std::string> names_of(Kind kind, const CocoDataSet& data) {
  if (kind == Kind::kStat) return {kCocoStatNames.begin(), kCocoStatNames.begin() + kNumPrecisions};
  if (kind == Kind::kTide) return {kTideNames.begin(), kTideNames.end()};
  return class_names(data);
}

[[noreturn]] void refuse(std::string_view text, Kind kind, const CocoDataSet& data) {
  constexpr std::size_t kTold = 20;
  std::string known;
  std::size_t told = 0;
  for (const std::string& name : names_of(kind, data)) {
    if (told++ == kTold) break;
    known += (known.empty() ? "" : ", ") + prefix_of(kind) + name;
  }
  if (kind == Kind::kStat) known += ", class:NAME, class50:NAME, tide:TYPE";
  throw UsageError(
      text_of("'", text, "' is no objective; there are ", known, told > kTold ? " and more" : ""));
}

}  // namespace

Objective parse_objective(std::string_view text, const CocoDataSet& data) {
  Kind kind = Kind::kStat;
  for (const Kind one : {Kind::kClassAp, Kind::kClassAp50, Kind::kTide})
    if (text.starts_with(prefix_of(one))) kind = one;
  const std::vector<std::string> names = names_of(kind, data);
  const auto at = std::find(names.begin(), names.end(), text.substr(prefix_of(kind).size()));
  if (at == names.end()) refuse(text, kind, data);
  return {kind, static_cast<int>(at - names.begin())};
}

std::string objective_name(const Objective& objective, const CocoDataSet& data) {
  return prefix_of(objective.kind) +
         names_of(objective.kind, data)[static_cast<std::size_t>(objective.index)];
}

bool lower_is_better(const Objective& objective) { return objective.kind == Kind::kTide; }

double objective_value(const CocoDataSet& data, const CocoResults& results,
                       const CocoEvaluation& evaluation, const Objective& objective, int threads) {
  const auto index = static_cast<std::size_t>(objective.index);
  switch (objective.kind) {
    case Kind::kStat:
      return evaluation.stats[index];
    case Kind::kClassAp:
      return evaluation.classes[index].ap;
    case Kind::kClassAp50:
      return evaluation.classes[index].ap50;
    case Kind::kTide:
      return tide_errors(data, results, evaluation, {.threads = threads}).dap[index];
  }
  throw Error("objective: no such kind");
}

}  // namespace saccade
