// AP of a class where every image counts a number of times.
#include "saccade/eval/weighted_ap.h"

#include <algorithm>
#include <bit>
#include <limits>

#include "saccade/eval/score_order.h"

namespace saccade {

RecallSteps::RecallSteps(std::int64_t positives) {
  const auto total = static_cast<double>(positives);
  for (int r = 0; r < kNumRecallThresholds; ++r) {
    const double threshold = recall_thresholds()[r];
    auto hits = static_cast<std::int64_t>(threshold * total);
    while (hits > 0 && static_cast<double>(hits - 1) / total >= threshold) --hits;
    while (static_cast<double>(hits) / total < threshold) ++hits;
    needed[r] = hits;
  }
}

double sum_of_curve(const std::vector<double>& precision, const std::vector<std::int64_t>& hits,
                    const RecallSteps& steps) {
  if (hits.empty()) return 0;
  double sum = 0, best = 0;
  std::size_t next = hits.size();  // hits[next...] are in `best`
  for (int r = kNumRecallThresholds - 1; r >= 0; --r) {
    if (hits.back() < steps.needed[r]) continue;
    while (next > 0 && hits[next - 1] >= steps.needed[r]) best = std::max(best, precision[--next]);
    sum += best;
  }
  return sum;
}

WeightedClass::WeightedClass(const CocoResults& results, const CategoryMatches& matches, int area) {
  ScoreOrder order;
  for (const RankedDetection& d : matches.detections) order.add(d.score);
  for (const ScoreOrder::Item& item : order.sort()) {
    const RankedDetection& d = matches.detections[item.position];
    const std::int32_t image = results.detections[d.index].image;
    if (d.match >= 0) {
      const DetectionMatch& match = matches.matches[d.match];
      const IouBits found = match.true_positive[area];
      const auto ignored =
          static_cast<IouBits>(kAllIouBits & ~(found | match.false_positive[area]));
      contenders_.push_back({image, found, ignored, static_cast<std::uint32_t>(others_.size())});
    } else if ((d.areas >> area & 1) != 0) {
      others_.push_back(image);
    }
  }
}

PrecisionSums WeightedClass::precision_sums(std::span<const std::int32_t> weights,
                                            std::int64_t positives, Work& work) const {
  for (int t = 0; t < kNumIouThresholds; ++t) {
    work.precision[t].clear();
    work.hits[t].clear();
  }
  std::array<std::int64_t, kNumIouThresholds> found{}, ignored{};
  std::int64_t seen = 0;  // detections so far
  std::uint32_t at = 0;
  for (const Contender& c : contenders_) {
    for (; at < c.others_end; ++at) seen += weights[others_[at]];
    const std::int64_t w = weights[c.image];
    if (w == 0) continue;
    seen += w;
    for (unsigned bits = c.ignored; bits != 0; bits &= bits - 1)
      ignored[std::countr_zero(bits)] += w;
    for (unsigned bits = c.true_positive; bits != 0; bits &= bits - 1) {
      const int t = std::countr_zero(bits);
      found[t] += w;
      const auto tp = static_cast<double>(found[t]);
      const auto fp = static_cast<double>(seen - found[t] - ignored[t]);
      work.precision[t].push_back(tp / (fp + tp + std::numeric_limits<double>::epsilon()));
      work.hits[t].push_back(found[t]);
    }
  }
  const RecallSteps steps(positives);
  PrecisionSums sums{};
  for (int t = 0; t < kNumIouThresholds; ++t)
    sums[t] = sum_of_curve(work.precision[t], work.hits[t], steps);
  return sums;
}

}  // namespace saccade
