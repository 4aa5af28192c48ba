// Precision and recall of a category from its matches (evaluation.md 4.3).
#pragma once

#include <array>
#include <cstdint>
#include <memory>
#include <span>
#include <vector>

#include "saccade/eval/coco_matching.h"
#include "saccade/eval/score_order.h"

namespace saccade {

// Index of a number of pycocotools' arrays: IoU threshold, recall threshold, category, area range,
// number of detections.
struct EvalIndex {
  int t = 0, r = 0, k = 0, a = kAllAreas, m = kMost;
};

// Precision and the score that reaches it [T, R, K, A, M], recall [T, K, A, M]; -1 where there is no
// truth. Kept so that a precision-recall curve lies in one piece.
class EvalArrays {
 public:
  EvalArrays() = default;
  // The numbers are undefined until accumulate() has filled every curve: the threads that fill them
  // touch the memory first.
  explicit EvalArrays(int num_categories);

  int num_categories() const { return num_categories_; }
  double precision(const EvalIndex& i) const { return precision_[at(i)]; }
  double score(const EvalIndex& i) const { return scores_[at(i)]; }
  double recall(const EvalIndex& i) const { return recall_[curve_of(i)]; }

  // Precision (or score) at the 101 recall thresholds; i.r is passed over.
  std::span<const double> precision_curve(const EvalIndex& i) const {
    return {precision_.get() + curve_of(i) * kNumRecallThresholds,
            std::size_t{kNumRecallThresholds}};
  }
  std::span<const double> score_curve(const EvalIndex& i) const {
    return {scores_.get() + curve_of(i) * kNumRecallThresholds, std::size_t{kNumRecallThresholds}};
  }
  std::span<double> precision_curve(const EvalIndex& i) {
    return {precision_.get() + curve_of(i) * kNumRecallThresholds,
            std::size_t{kNumRecallThresholds}};
  }
  std::span<double> score_curve(const EvalIndex& i) {
    return {scores_.get() + curve_of(i) * kNumRecallThresholds, std::size_t{kNumRecallThresholds}};
  }
  double& recall(const EvalIndex& i) { return recall_[curve_of(i)]; }

  // As pycocotools lays them out, C order.
  std::vector<double> precision_trkam() const { return as_trkam(precision_.get()); }
  std::vector<double> scores_trkam() const { return as_trkam(scores_.get()); }
  std::vector<double> recall_tkam() const;

 private:
  std::size_t curve_of(const EvalIndex& i) const {
    return ((static_cast<std::size_t>(i.k) * kNumAreaRanges + i.a) * kNumMaxDetections + i.m) *
               kNumIouThresholds +
           i.t;
  }
  std::size_t at(const EvalIndex& i) const { return curve_of(i) * kNumRecallThresholds + i.r; }
  std::vector<double> as_trkam(const double* values) const;

  int num_categories_ = 0;
  std::unique_ptr<double[]> precision_, scores_;  // [K, A, M, T, R]
  std::unique_ptr<double[]> recall_;              // [K, A, M, T]
};

// A category's detections in the order of their scores: those that may match, each with the number of
// others before it. Only these can raise recall, so curves are computed from them alone.
class SortedCategory {
 public:
  // `matches` must outlive the object's use.
  void sort(const CategoryMatches& matches);

  struct Entry {
    double score = 0;
    const DetectionMatch* match = nullptr;
    std::uint8_t first_m = 0;  // index of the smallest number of detections that includes it
    // Detections before it that match nothing and lie in the range, by area range and number [A][M].
    std::array<std::int32_t, kNumAreaRanges * kNumMaxDetections> others_before{};
  };
  const std::vector<Entry>& entries() const { return entries_; }
  bool empty() const { return empty_; }
  double best_score() const { return best_score_; }
  const CategoryMatches& matches() const { return *matches_; }

 private:
  const CategoryMatches* matches_ = nullptr;
  bool empty_ = true;
  double best_score_ = 0;
  ScoreOrder order_;
  std::vector<Entry> entries_;
};

// Fills the curves of category k for one area range and number of detections; -1 without truths.
void accumulate(const SortedCategory& category, int k, int a, int m, EvalArrays& arrays);

}  // namespace saccade
