// TIDE: what kind of errors cost a detector how much AP (Bolya et al., "TIDE: A General Toolbox for
// Identifying Object Detection Errors", arXiv 2008.08115).
#pragma once

#include <array>
#include <cstdint>
#include <vector>

#include "saccade/eval/coco_eval.h"

namespace saccade {

enum class TideType { kCls, kLoc, kBoth, kDupe, kBkg, kMiss };
inline constexpr int kNumTideTypes = 6;
// "Cls", "Loc", "Both", "Dupe", "Bkg", "Miss".
extern const std::array<const char*, kNumTideTypes> kTideNames;

struct TideError {
  std::int32_t image = 0;       // index into data.images()
  std::int32_t detection = -1;  // index into results.detections; -1: a missed truth
  std::int32_t truth = -1;      // index into data.annotations(): the truth it concerns; -1: none
  TideType type = TideType::kBkg;
};

struct TideResult {
  double ap50 = 0;  // as evaluate_coco's
  std::array<std::int64_t, kNumTideTypes> counts{};
  std::array<double, kNumTideTypes> dap{};  // AP50 after repairing the type alone - AP50
  double dap_false_positives = 0, dap_false_negatives = 0;
  std::vector<TideError>
      errors;  // if kept: by image, detections by descending score, then the missed
};

struct TideOptions {
  double background_iou = 0.1;
  bool keep_errors = false;
  int threads = 0;  // < 1: all
};

// Types of the errors at IoU 0.5. `evaluation` is of these data and results, with its matches kept.
//
// A false positive of the evaluation (so neither a hit nor ignored because of a crowd) is the first of:
//   Loc   IoU with a truth of its class from background_iou to 0.5
//   Cls   IoU of 0.5 or more with a truth of another class
//   Dupe  IoU of 0.5 or more with a truth of its class that another detection has taken
//   Bkg   IoU of background_iou or less with every truth
//   Both  the rest
// Truths are those that count: no crowds. A truth that is neither found nor within reach of a repaired
// Loc or Cls error is a Miss. Repairs: of the Loc and Cls errors around a free truth the one with the
// highest score becomes a hit, the others vanish; Dupe, Bkg and Both vanish; missed truths do not count;
// for all false positives: they vanish; for all false negatives: truths not found do not count.
//
// AP50 is COCO's: the mean over the classes that have truths, 100 detections of a class and image; a class
// with nothing left to find after a repair stays in it with AP 0. The authors' tool (tidecv 1.0.1) differs:
//   - it averages over classes with detections alone too (AP 0), which leave the mean once repaired;
//   - detections ignored because of a crowd are typed, counted and may claim a truth;
//   - it keeps 100 detections of an image over all classes;
//   - its recall thresholds are i / 100, numpy's and ours i * 0.01, which differ in the last bit;
//   - of equal scores it ranks repaired hits after false positives; ours stay in their order;
//   - equal IoUs go to the first truth, COCO's to the last; a negative difference is given as 0.
// Without these both agree on every count and to 1e-15 in every dAP (60 random sets).
// Throws Error (no kept matches).
TideResult tide_errors(const CocoDataSet& data, const CocoResults& results,
                       const CocoEvaluation& evaluation, const TideOptions& options = {});

}  // namespace saccade
