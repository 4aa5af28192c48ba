// Matches of detections with truths, image by image, as pycocotools makes them (evaluation.md 4.2).
#pragma once

#include <array>
#include <cstdint>
#include <vector>

#include "saccade/eval/coco_params.h"
#include "saccade/eval/iou_source.h"
#include "saccade/eval/records_by_category.h"

namespace saccade {

// One of the at most 100 best detections of a category on an image.
struct RankedDetection {
  double score = 0;
  std::int32_t index = 0;   // into results.detections
  std::int32_t match = -1;  // into CategoryMatches::matches; -1: no truth overlaps by half
  std::uint8_t rank = 0;    // among the category's detections on the image, by score, from 0
  std::uint8_t areas = 0;   // bit a: its own area lies in area range a
};

// What became of a detection that overlaps a truth enough for the lowest threshold. Bit t stands for
// IoU threshold t; a detection with neither bit is ignored there.
struct DetectionMatch {
  std::array<std::int32_t, kNumIouThresholds> annotation;  // in range `all`, into annotations(); -1
  std::array<IouBits, kNumAreaRanges> true_positive{}, false_positive{};
};

// A category's detections, images ascending and scores descending within an image; 24 bytes each and
// 56 more for those that may match. Images with neither truths nor detections leave no trace.
struct CategoryMatches {
  std::vector<RankedDetection> detections;
  std::vector<DetectionMatch> matches;
  std::array<std::int64_t, kNumAreaRanges> positives{};  // truths that count

  void append(const CategoryMatches& later_images);

  // Whether a detection counts as a hit or a false alarm at threshold t in area range a.
  bool is_true_positive(const RankedDetection& d, int t, int a) const {
    return d.match >= 0 && (matches[d.match].true_positive[a] >> t & 1) != 0;
  }
  bool is_false_positive(const RankedDetection& d, int t, int a) const {
    if (d.match < 0) return (d.areas >> a & 1) != 0;
    return (matches[d.match].false_positive[a] >> t & 1) != 0;
  }
};

struct MatchingOptions {
  // pycocotools marks "unmatched" by annotation id 0, so a truth with this id is taken but never found.
  bool pycocotools_id0 = false;
};

// Adds the matches of one category's records to `out`. Throws Error (masks that cannot be read).
void match_category(const CocoDataSet& data, const CocoResults& results, const IouSource& iou,
                    const CategoryRecords& records, const MatchingOptions& options,
                    CategoryMatches& out);

}  // namespace saccade
