// COCO's evaluation of detections: pycocotools' numbers, to the bit.
#pragma once

#include <algorithm>
#include <cstdint>
#include <vector>

#include "saccade/eval/coco_summary.h"

namespace saccade {

struct CocoEvalOptions {
  IouType iou_type = IouType::kBox;
  std::vector<int> images;  // indices into data.images(); empty: all
  bool pycocotools_id0 =
      false;                  // count a truth with annotation id 0 as pycocotools does: never found
  bool keep_matches = false;  // fill CocoEvaluation::matches (TIDE, bootstrap, a search for errors)
  int threads = 0;            // < 1: all; the result is the same to the bit for any number
};

struct ClassResult {
  double ap = -1, ap50 = -1;    // -1 where the class has no truth
  std::int64_t truths = 0;      // to be found: without crowds
  std::int64_t detections = 0;  // all of the file's on the evaluated images
};

struct CocoEvaluation {
  IouType iou_type = IouType::kBox;
  std::vector<int> images;  // evaluated, indices into data.images(), ascending
  CocoStats stats{};
  EvalArrays arrays;
  std::vector<ClassResult> classes;      // per category of the data set
  std::vector<CategoryMatches> matches;  // per category, if they were to be kept

  bool evaluates(int image) const {
    return std::binary_search(images.begin(), images.end(), image);
  }
};

// Evaluates `results` against `data` by the protocol of ../spec/evaluation.md section 4. Beyond 100
// detections of a category on an image only the best count. Memory beyond the arrays: 4 bytes a
// detection and the matches of the categories at work, 24 to 80 bytes a detection.
// Throws Error (more than 20,000 categories, an image index out of range, masks that cannot be read or differ in size).
CocoEvaluation evaluate_coco(const CocoDataSet& data, const CocoResults& results,
                             const CocoEvalOptions& options = {});

}  // namespace saccade
