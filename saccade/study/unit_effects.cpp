// What switching each unit off does to the task.
#include "saccade/study/unit_effects.h"

#include <algorithm>
#include <cmath>
#include <limits>
#include <map>

#include "saccade/core/detection_changes.h"
#include "saccade/core/error.h"
#include "saccade/eval/false_discovery.h"

namespace saccade {
namespace {

constexpr double kMovedBelow = 0.9;
constexpr std::size_t kToldImages = 10;

// One variant, evaluated.
struct Measured {
  CocoResults results;
  CocoEvaluation evaluation;
  EffectNumbers numbers;
  std::vector<double> values;                // AP, AP50 and the objective, if there is one
  std::vector<std::vector<double>> samples;  // of them, in every resample
};

// COCO's -1 is no number of a change.
double known(double value) { return value < 0 ? std::numeric_limits<double>::quiet_NaN() : value; }

EffectNumbers change_of(const EffectNumbers& from, const EffectNumbers& to) {
  EffectNumbers change;
  for (int i = 0; i < kNumCocoStats; ++i) change.stats[i] = to.stats[i] - from.stats[i];
  for (std::size_t k = 0; k < from.class_ap.size(); ++k)
    change.class_ap.push_back(to.class_ap[k] - from.class_ap[k]);
  for (int type = 0; type < kNumTideTypes; ++type)
    change.tide[type] = to.tide[type] - from.tide[type];
  return change;
}

// Detections that count, by image.
std::map<int, std::vector<Detection>> confident(const CocoResults& results, double threshold) {
  std::map<int, std::vector<Detection>> by_image;
  for (const CocoDetection& d : results.detections) {
    if (d.score < threshold) continue;
    by_image[d.image].push_back({.label = d.category, .score = d.score, .box = corners(d.box)});
  }
  return by_image;
}

ChangedDetections changed_detections(const CocoResults& from, const CocoResults& to,
                                     double threshold) {
  auto before = confident(from, threshold), after = confident(to, threshold);
  for (const auto& [image, found] : after) before.try_emplace(image);
  ChangedDetections changed;
  for (const auto& [image, found] : before) {
    for (const DetectionChange& change : match_detections(found, after[image])) {
      if (change.kind == DetectionChange::kLost) ++changed.lost;
      if (change.kind == DetectionChange::kGained) ++changed.gained;
      if (change.kind != DetectionChange::kKept) continue;
      ++changed.kept;
      if (change.iou < kMovedBelow) ++changed.moved;
    }
  }
  return changed;
}

// Hits minus false alarms of each image, of detections that count.
std::map<int, int> balance(const Measured& of, double threshold) {
  std::map<int, int> by_image;
  for (const CategoryMatches& matches : of.evaluation.matches) {
    for (const RankedDetection& d : matches.detections) {
      if (d.score < threshold) continue;
      int& sum = by_image[of.results.detections[d.index].image];
      if (matches.is_true_positive(d, kIou50, kAllAreas)) ++sum;
      if (matches.is_false_positive(d, kIou50, kAllAreas)) --sum;
    }
  }
  return by_image;
}

ChangedImages changed_images(const Measured& from, const Measured& to, double threshold) {
  std::map<int, int> change = balance(to, threshold);
  for (const auto& [image, sum] : balance(from, threshold)) change[image] -= sum;
  std::vector<std::pair<int, int>> sorted;  // change, image
  for (const auto& [image, sum] : change)
    if (sum != 0) sorted.emplace_back(sum, image);
  std::stable_sort(sorted.begin(), sorted.end(),
                   [](const auto& a, const auto& b) { return a.first < b.first; });
  ChangedImages out;
  for (const auto& [sum, image] : sorted) {
    ++(sum > 0 ? out.better : out.worse);
    if (sum < 0 && out.worst.size() < kToldImages) out.worst.push_back(image);
  }
  for (auto at = sorted.rbegin(); at != sorted.rend() && at->first > 0; ++at)
    if (out.best.size() < kToldImages) out.best.push_back(at->second);
  return out;
}

class EffectMeter {
 public:
  EffectMeter(const CocoDataSet& data, const std::vector<int>& images, const EffectOptions& options)
      : data_(data),
        images_(images),
        options_(options),
        draws_(data.images().size(), images, options.bootstrap),
        objectives_{{Objective::Kind::kStat, 0}, {Objective::Kind::kStat, 1}} {
    if (options.objective) objectives_.push_back(*options.objective);
  }

  Measured measure(CocoResults results) const {
    const int threads = options_.bootstrap.threads;
    Measured of{.results = std::move(results)};
    of.evaluation = evaluate_coco(data_, of.results,
                                  {.images = images_, .keep_matches = true, .threads = threads});
    for (int i = 0; i < kNumCocoStats; ++i) of.numbers.stats[i] = known(of.evaluation.stats[i]);
    for (const ClassResult& result : of.evaluation.classes)
      of.numbers.class_ap.push_back(known(result.ap));
    of.numbers.tide = tide_errors(data_, of.results, of.evaluation, {.threads = threads}).dap;
    for (const Objective& objective : objectives_)
      of.values.push_back(objective_value(data_, of.results, of.evaluation, objective, threads));
    of.samples = bootstrap_samples(draws_, data_, of.results, of.evaluation, objectives_, threads);
    return of;
  }

  UnitEffect effect(const Measured& from, const Measured& to) const {
    UnitEffect effect{.change = change_of(from.numbers, to.numbers)};
    const auto difference = [&](std::size_t i) {
      return paired_difference(from.values[i], to.values[i], from.samples[i], to.samples[i],
                               options_.bootstrap.confidence);
    };
    effect.ap = difference(0);
    effect.ap50 = difference(1);
    if (options_.objective) effect.objective = difference(2);
    effect.detections = changed_detections(from.results, to.results, options_.threshold);
    effect.images = changed_images(from, to, options_.threshold);
    return effect;
  }

 private:
  const CocoDataSet& data_;
  const std::vector<int>& images_;
  const EffectOptions& options_;
  const BootstrapDraws draws_;
  std::vector<Objective> objectives_;
};

}  // namespace

UnitEffects measure_effects(const CocoDataSet& data, const std::vector<int>& images, int units,
                            const std::function<CocoResults(int)>& read,
                            const EffectOptions& options, const std::function<void()>& measured) {
  if (images.empty()) throw Error(data.path().string() + ": no image is left to evaluate");
  const EffectMeter meter(data, images, options);
  const Measured baseline = meter.measure(read(0));
  UnitEffects effects{.baseline = baseline.numbers, .images = images};
  std::vector<double> p;
  for (int unit = 0; unit < units; ++unit) {
    effects.units.push_back(meter.effect(baseline, meter.measure(read(unit + 1))));
    p.push_back(effects.units.back().ap.p);
    if (measured) measured();
  }
  const std::vector<double> q = benjamini_hochberg(p);
  for (std::size_t u = 0; u < q.size(); ++u) effects.units[u].q = q[u];
  return effects;
}

}  // namespace saccade
