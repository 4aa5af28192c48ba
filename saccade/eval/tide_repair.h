// AP50 of a class with some kinds of its errors repaired.
#pragma once

#include <cstdint>
#include <vector>

#include "saccade/eval/tide.h"

namespace saccade {

// A detection in the ranking of a class, as it is and as repairs make it.
struct TideEntry {
  double score = 0;
  std::int32_t image = 0, detection = 0;
  enum Kind : std::uint8_t {
    kHit,
    kError,      // a false positive of `type`
    kMovedHere,  // a Cls error of another class: a hit here once repaired
  } kind = kHit;
  TideType type = TideType::kBkg;
  bool wins = false;  // it would be the hit of its truth (Loc)
};

struct TideClass {
  std::vector<TideEntry> entries;  // sorted by sort()
  std::int64_t positives = 0;      // truths that count
  std::int64_t missed = 0;         // of them, out of reach of Loc and Cls repairs
  std::int64_t not_found = 0;      // of them, without a hit

  void sort();  // by descending score, then image, then position in the results
};

enum class TideRepair {
  kCls,
  kLoc,
  kBoth,
  kDupe,
  kBkg,
  kMiss,
  kFalsePositives,
  kFalseNegatives,
  kNone
};
inline constexpr int kNumTideRepairs = 9;

// COCO's AP at IoU 0.5; 0 where a repair leaves no truth to find. The class must have truths.
double repaired_ap(const TideClass& of, TideRepair repair);

}  // namespace saccade
