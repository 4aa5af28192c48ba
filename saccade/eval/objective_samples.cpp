// Objectives of an evaluation whose images count a number of times each.
#include "saccade/eval/objective_samples.h"

#include <numeric>

namespace saccade {
namespace {

// Of kCocoStatNames: AP, AP50, AP75, APs, APm, APl.
constexpr std::array<int, 6> kAreaOfStat = {kAllAreas, kAllAreas, kAllAreas, 1, 2, 3};

int area_of(const Objective& objective) {
  return objective.kind == Objective::Kind::kStat
             ? kAreaOfStat[static_cast<std::size_t>(objective.index)]
             : kAllAreas;
}

// The threshold that counts alone; -1: all.
int threshold_of(const Objective& objective) {
  if (objective.kind == Objective::Kind::kClassAp50) return kIou50;
  if (objective.kind != Objective::Kind::kStat) return -1;
  return objective.index == 1 ? kIou50 : objective.index == 2 ? kIou75 : -1;
}

double sum_over(const PrecisionSums& sums, int threshold) {
  return threshold < 0 ? std::accumulate(sums.begin(), sums.end(), 0.0)
                       : sums[static_cast<std::size_t>(threshold)];
}

}  // namespace

ObjectiveSampler::ObjectiveSampler(const CocoDataSet& data, const CocoResults& results,
                                   const CocoEvaluation& evaluation,
                                   std::span<const Objective> objectives, int threads)
    : objectives_(objectives) {
  for (const Objective& objective : objectives) {
    if (objective.kind != Objective::Kind::kTide) {
      add_area(area_of(objective), data, results, evaluation);
    } else if (tide_.empty()) {
      tide_ = tide_classes(data, results, evaluation, {.threads = threads});
    }
  }
}

void ObjectiveSampler::add_area(int area, const CocoDataSet& data, const CocoResults& results,
                                const CocoEvaluation& evaluation) {
  Area& of = areas_[static_cast<std::size_t>(area)];
  if (of.is_asked) return;
  of.is_asked = true;
  of.truths.resize(data.categories().size());
  std::vector<char> evaluated(data.images().size(), 0);
  for (const int image : evaluation.images) evaluated[static_cast<std::size_t>(image)] = 1;
  for (const CocoAnnotation& a : data.annotations()) {
    const bool counts = !a.is_crowd && (area_range_bits(a.area) >> area & 1) != 0;
    if (!counts || evaluated[static_cast<std::size_t>(a.image)] == 0) continue;
    std::vector<TruthCount>& truths = of.truths[static_cast<std::size_t>(a.category)];
    if (truths.empty() || truths.back().image != a.image) truths.push_back({a.image, 0});
    ++truths.back().count;
  }
  for (const CategoryMatches& matches : evaluation.matches)
    of.classes.emplace_back(results, matches, area);
}

std::vector<ObjectiveSampler::ClassCurve> ObjectiveSampler::curves(
    const Area& area, std::span<const std::int32_t> weights) const {
  std::vector<ClassCurve> curves(area.truths.size());
  thread_local WeightedClass::Work work;  // kept: thousands of resamples would allocate it anew
  for (std::size_t k = 0; k < curves.size(); ++k) {
    std::int64_t positives = 0;
    for (const TruthCount& t : area.truths[k])
      positives += std::int64_t{t.count} * weights[static_cast<std::size_t>(t.image)];
    if (positives == 0) continue;
    curves[k] = {true, area.classes[k].precision_sums(weights, positives, work)};
  }
  return curves;
}

double ObjectiveSampler::tide(TideRepair repair, std::span<const std::int32_t> weights) const {
  double sum = 0;
  int present = 0;
  for (const TideClass& of : tide_) {
    const double before = repaired_ap(of, TideRepair::kNone, weights);
    if (before < 0) continue;
    sum += repaired_ap(of, repair, weights) - before;
    ++present;
  }
  return present == 0 ? -1 : sum / present;
}

std::vector<double> ObjectiveSampler::values(std::span<const std::int32_t> weights) const {
  std::array<std::vector<ClassCurve>, kNumAreaRanges> of_area;
  for (std::size_t a = 0; a < areas_.size(); ++a)
    if (areas_[a].is_asked) of_area[a] = curves(areas_[a], weights);
  std::vector<double> values;
  for (const Objective& objective : objectives_) {
    if (objective.kind == Objective::Kind::kTide) {
      values.push_back(tide(static_cast<TideRepair>(objective.index), weights));
      continue;
    }
    const int threshold = threshold_of(objective);
    double sum = 0;
    int present = 0;
    const auto& all = of_area[static_cast<std::size_t>(area_of(objective))];
    for (std::size_t k = 0; k < all.size(); ++k) {
      const bool is_of = objective.kind == Objective::Kind::kStat ||
                         static_cast<std::size_t>(objective.index) == k;
      if (!is_of || !all[k].has_truths) continue;
      sum += sum_over(all[k].sums, threshold);
      ++present;
    }
    const double points = static_cast<double>(present) * kNumRecallThresholds;
    values.push_back(present == 0 ? -1
                                  : sum / (threshold < 0 ? points * kNumIouThresholds : points));
  }
  return values;
}

}  // namespace saccade
