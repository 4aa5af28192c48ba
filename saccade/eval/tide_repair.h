// AP50 of a class with some kinds of its errors repaired.
#pragma once

#include <cstdint>
#include <span>
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

// Truths of a class that count, on one image or on all.
struct TideTruths {
  std::int32_t image = 0;
  std::int64_t positives = 0;
  std::int64_t missed = 0;     // of them, out of reach of Loc and Cls repairs
  std::int64_t not_found = 0;  // of them, without a hit
};

struct TideClass {
  std::vector<TideEntry> entries;  // sorted by sort()
  std::vector<TideTruths> truths;  // by image

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

// COCO's AP at IoU 0.5 with image i counted weights[i] times; 0 where a repair leaves no truth to find, -1 where no
// image that counts has truths. Without weights each counts once.
double repaired_ap(const TideClass& of, TideRepair repair,
                   std::span<const std::int32_t> weights = {});

// The classes of an evaluation with their errors typed, sorted. As tide_errors(), which measures them.
std::vector<TideClass> tide_classes(const CocoDataSet& data, const CocoResults& results,
                                    const CocoEvaluation& evaluation,
                                    const TideOptions& options = {});

}  // namespace saccade
