// AP50 of a class with some kinds of its errors repaired.
#include "saccade/eval/tide_repair.h"

#include <algorithm>
#include <limits>
#include <tuple>

namespace saccade {
namespace {

enum class Outcome { kHit, kFalse, kAbsent };

Outcome outcome_of(const TideEntry& entry, TideRepair repair) {
  if (entry.kind == TideEntry::kHit) return Outcome::kHit;
  if (entry.kind == TideEntry::kMovedHere)
    return repair == TideRepair::kCls ? Outcome::kHit : Outcome::kAbsent;
  if (repair == TideRepair::kFalsePositives) return Outcome::kAbsent;
  if (static_cast<int>(repair) != static_cast<int>(entry.type)) return Outcome::kFalse;
  return entry.type == TideType::kLoc && entry.wins ? Outcome::kHit : Outcome::kAbsent;
}

// Mean of the precision at 101 recalls, `precision` that at each hit.
double average_precision(std::vector<double>& precision, std::int64_t positives) {
  if (positives <= 0) return 0;
  for (std::size_t i = precision.size(); i-- > 1;) {
    precision[i - 1] = std::max(precision[i - 1], precision[i]);
  }
  std::vector<double> at_recall(kNumRecallThresholds, 0.0);
  std::size_t hits = 0;
  for (int r = 0; r < kNumRecallThresholds; ++r) {
    const double needed = recall_thresholds()[r];
    while (hits <= precision.size() &&
           static_cast<double>(hits) / static_cast<double>(positives) < needed)
      ++hits;
    if (hits > precision.size() || precision.empty()) break;
    at_recall[r] = precision[hits == 0 ? 0 : hits - 1];
  }
  return mean_of_known(at_recall);
}

}  // namespace

void TideClass::sort() {
  std::sort(entries.begin(), entries.end(), [](const TideEntry& a, const TideEntry& b) {
    return std::tie(b.score, a.image, a.detection) < std::tie(a.score, b.image, b.detection);
  });
}

double repaired_ap(const TideClass& of, TideRepair repair) {
  std::int64_t positives = of.positives;
  if (repair == TideRepair::kMiss) positives -= of.missed;
  if (repair == TideRepair::kFalseNegatives) positives -= of.not_found;
  std::vector<double> precision;
  std::int64_t false_positives = 0;
  for (const TideEntry& entry : of.entries) {
    const Outcome outcome = outcome_of(entry, repair);
    if (outcome == Outcome::kFalse) ++false_positives;
    if (outcome != Outcome::kHit) continue;
    const auto tp = static_cast<double>(precision.size() + 1);
    precision.push_back(
        tp / (static_cast<double>(false_positives) + tp + std::numeric_limits<double>::epsilon()));
  }
  return average_precision(precision, positives);
}

}  // namespace saccade
