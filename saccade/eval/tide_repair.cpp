// AP50 of a class with some kinds of its errors repaired.
#include "saccade/eval/tide_repair.h"

#include <algorithm>
#include <limits>
#include <tuple>

#include "saccade/eval/weighted_ap.h"

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

std::int64_t to_find(const TideTruths& truths, TideRepair repair) {
  if (repair == TideRepair::kMiss) return truths.positives - truths.missed;
  if (repair == TideRepair::kFalseNegatives) return truths.positives - truths.not_found;
  return truths.positives;
}

}  // namespace

void TideClass::sort() {
  std::sort(entries.begin(), entries.end(), [](const TideEntry& a, const TideEntry& b) {
    return std::tie(b.score, a.image, a.detection) < std::tie(a.score, b.image, b.detection);
  });
}

double repaired_ap(const TideClass& of, TideRepair repair, std::span<const std::int32_t> weights) {
  const auto weight = [&](std::int32_t image) {
    return weights.empty() ? 1 : std::int64_t{weights[static_cast<std::size_t>(image)]};
  };
  std::int64_t there = 0, positives = 0;
  for (const TideTruths& truths : of.truths) {
    there += weight(truths.image) * truths.positives;
    positives += weight(truths.image) * to_find(truths, repair);
  }
  if (positives <= 0) return there > 0 ? 0 : -1;
  std::vector<double> precision;
  std::vector<std::int64_t> hits;
  std::int64_t found = 0, false_positives = 0;
  for (const TideEntry& entry : of.entries) {
    const std::int64_t copies = weight(entry.image);
    const Outcome outcome = outcome_of(entry, repair);
    if (outcome == Outcome::kFalse) false_positives += copies;
    if (outcome != Outcome::kHit || copies == 0) continue;
    found += copies;
    const auto tp = static_cast<double>(found);
    precision.push_back(
        tp / (static_cast<double>(false_positives) + tp + std::numeric_limits<double>::epsilon()));
    hits.push_back(found);
  }
  return sum_of_curve(precision, hits, RecallSteps(positives)) / kNumRecallThresholds;
}

}  // namespace saccade
