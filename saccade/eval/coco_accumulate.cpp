// Precision and recall of a category from its matches.
//
// pycocotools builds the cumulative sums of every detection. Between two true positives recall does
// not change and precision only falls, and the curve is the largest precision at or beyond a recall:
// the true positives alone decide it.
#include "saccade/eval/coco_accumulate.h"

#include <algorithm>
#include <bit>
#include <limits>

#include "saccade/core/huge_pages.h"
#include "saccade/eval/weighted_ap.h"

namespace saccade {
namespace {

constexpr double kEpsilon = std::numeric_limits<double>::epsilon();
constexpr int kLanes = 12;  // thresholds, padded for vectors of four

// The hits of one IoU threshold in the order of scores: hit number n (from 1) is element n.
struct Hits {
  std::vector<double> precision;
  std::vector<double> score;
};

void add_false_positives(IouBits bits, std::array<std::int32_t, kLanes>& counts) {
  static constexpr std::array<std::int32_t, kLanes> kMasks = {1,  2,   4,   8,   16,   32,
                                                              64, 128, 256, 512, 1024, 2048};
  for (int lane = 0; lane < kLanes; ++lane) {
    counts[lane] += (bits & kMasks[lane]) == kMasks[lane] ? 1 : 0;
  }
}

void collect_hits(const SortedCategory& category, int a, int m,
                  std::array<Hits, kNumIouThresholds>& hits) {
  std::array<std::int32_t, kLanes> false_positives{};
  const int combination = a * kNumMaxDetections + m;
  for (const SortedCategory::Entry& entry : category.entries()) {
    if (entry.first_m > m) continue;
    const std::int32_t others = entry.others_before[combination];
    add_false_positives(entry.match->false_positive[a], false_positives);
    for (unsigned bits = entry.match->true_positive[a]; bits != 0; bits &= bits - 1) {
      const int t = std::countr_zero(bits);
      Hits& of = hits[t];
      const auto tp = static_cast<double>(of.score.size());  // element 0 is no hit
      const auto fp = static_cast<double>(others + false_positives[t]);
      of.precision.push_back(tp / (fp + tp + kEpsilon));
      of.score.push_back(entry.score);
    }
  }
}

void fill_curve(const Hits& hits, const std::array<std::int64_t, kNumRecallThresholds>& needed,
                const SortedCategory& category, std::span<double> precision,
                std::span<double> scores) {
  const auto found = static_cast<std::int64_t>(hits.score.size()) - 1;
  std::int64_t n = found;
  double best = 0;
  for (int r = kNumRecallThresholds - 1; r >= 0; --r) {
    const bool reached = needed[r] <= found && !category.empty();
    for (; reached && n >= std::max<std::int64_t>(needed[r], 1); --n) {
      best = std::max(best, hits.precision[n]);
    }
    precision[r] = reached ? best : 0.0;
    scores[r] = !reached ? 0.0 : needed[r] == 0 ? category.best_score() : hits.score[needed[r]];
  }
}

// Where there is nothing to find.
void fill_unknown(int k, int a, int m, EvalArrays& arrays) {
  for (int t = 0; t < kNumIouThresholds; ++t) {
    const EvalIndex i{.t = t, .k = k, .a = a, .m = m};
    arrays.recall(i) = -1;
    for (double& v : arrays.precision_curve(i)) v = -1;
    for (double& v : arrays.score_curve(i)) v = -1;
  }
}

// Counts to add for a detection without a match, by the bits of its areas and its first_m.
using Increments = std::array<std::int32_t, kNumAreaRanges * kNumMaxDetections>;

std::array<Increments, (1 << kNumAreaRanges) * kNumMaxDetections> make_increments() {
  std::array<Increments, (1 << kNumAreaRanges) * kNumMaxDetections> table{};
  for (int areas = 0; areas < 1 << kNumAreaRanges; ++areas) {
    for (int first_m = 0; first_m < kNumMaxDetections; ++first_m) {
      for (int i = 0; i < kNumAreaRanges * kNumMaxDetections; ++i) {
        const int a = i / kNumMaxDetections, m = i % kNumMaxDetections;
        table[areas * kNumMaxDetections + first_m][i] = (areas >> a & 1) != 0 && m >= first_m;
      }
    }
  }
  return table;
}

int first_m_of(int rank) {
  int m = 0;
  while (rank >= kMaxDetections[m]) ++m;
  return m;
}

}  // namespace

EvalArrays::EvalArrays(int num_categories) : num_categories_(num_categories) {
  const std::size_t curves = static_cast<std::size_t>(num_categories) * kNumAreaRanges *
                             kNumMaxDetections * kNumIouThresholds;
  precision_ = std::make_unique_for_overwrite<double[]>(curves * kNumRecallThresholds);
  scores_ = std::make_unique_for_overwrite<double[]>(curves * kNumRecallThresholds);
  recall_ = std::make_unique_for_overwrite<double[]>(curves);
  for (const double* values : {precision_.get(), scores_.get()})
    advise_huge_pages(values, curves * kNumRecallThresholds * sizeof(double));
}

std::vector<double> EvalArrays::as_trkam(const double* values) const {
  std::vector<double> out;
  EvalIndex i;
  for (i.t = 0; i.t < kNumIouThresholds; ++i.t)
    for (i.r = 0; i.r < kNumRecallThresholds; ++i.r)
      for (i.k = 0; i.k < num_categories_; ++i.k)
        for (i.a = 0; i.a < kNumAreaRanges; ++i.a)
          for (i.m = 0; i.m < kNumMaxDetections; ++i.m) out.push_back(values[at(i)]);
  return out;
}

std::vector<double> EvalArrays::recall_tkam() const {
  std::vector<double> out;
  EvalIndex i;
  for (i.t = 0; i.t < kNumIouThresholds; ++i.t)
    for (i.k = 0; i.k < num_categories_; ++i.k)
      for (i.a = 0; i.a < kNumAreaRanges; ++i.a)
        for (i.m = 0; i.m < kNumMaxDetections; ++i.m) out.push_back(recall(i));
  return out;
}

void SortedCategory::sort(const CategoryMatches& matches) {
  static const auto kIncrements = make_increments();
  matches_ = &matches;
  order_.clear();
  order_.reserve(matches.detections.size());
  for (const RankedDetection& d : matches.detections) order_.add(d.score);
  const auto& order = order_.sort();
  empty_ = order.empty();
  best_score_ = empty_ ? 0 : matches.detections[order[0].position].score;
  entries_.clear();
  entries_.reserve(matches.matches.size());
  Increments others{};
  for (const ScoreOrder::Item& item : order) {
    const RankedDetection& d = matches.detections[item.position];
    const int first_m = first_m_of(d.rank);
    if (d.match >= 0) {
      entries_.push_back(
          {d.score, &matches.matches[d.match], static_cast<std::uint8_t>(first_m), others});
      continue;
    }
    const Increments& more = kIncrements[d.areas * kNumMaxDetections + first_m];
    for (std::size_t i = 0; i < others.size(); ++i) others[i] += more[i];
  }
}

void accumulate(const SortedCategory& category, int k, int a, int m, EvalArrays& arrays) {
  const std::int64_t positives = category.matches().positives[a];
  if (positives == 0) return fill_unknown(k, a, m, arrays);
  std::array<Hits, kNumIouThresholds> hits;
  for (Hits& of : hits) {
    of.precision.reserve(positives + 1);
    of.score.reserve(positives + 1);
    of.precision.push_back(0);
    of.score.push_back(0);
  }
  collect_hits(category, a, m, hits);
  const RecallSteps steps(positives);
  for (int t = 0; t < kNumIouThresholds; ++t) {
    const EvalIndex i{.t = t, .k = k, .a = a, .m = m};
    const auto found = static_cast<double>(hits[t].score.size() - 1);
    arrays.recall(i) = found / static_cast<double>(positives);
    fill_curve(hits[t], steps.needed, category, arrays.precision_curve(i), arrays.score_curve(i));
  }
}

}  // namespace saccade
