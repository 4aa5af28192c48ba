// TIDE's types of errors and what attention did there.
#include "saccade/study/error_mining.h"

#include <algorithm>
#include <cmath>
#include <limits>
#include <numeric>
#include <set>

#include "saccade/core/boxes.h"
#include "saccade/core/error.h"
#include "saccade/core/parallel.h"
#include "saccade/eval/false_discovery.h"

namespace saccade {
namespace {

constexpr double kNaN = std::numeric_limits<double>::quiet_NaN();

NumberSummary summary_of(std::vector<double> values) {
  std::erase_if(values, [](double v) { return std::isnan(v); });
  NumberSummary s{.count = std::ssize(values)};
  if (values.empty()) {
    s.mean = s.low = s.quartile1 = s.median = s.quartile3 = s.high = kNaN;
    return s;
  }
  std::sort(values.begin(), values.end());
  s.mean = std::accumulate(values.begin(), values.end(), 0.0) / static_cast<double>(values.size());
  s.low = percentile(values, 0.05);
  s.quartile1 = percentile(values, 0.25);
  s.median = percentile(values, 0.5);
  s.quartile3 = percentile(values, 0.75);
  s.high = percentile(values, 0.95);
  return s;
}

// Values of errors and of true positives in one order, so that any weights of images give Cliff's delta in one pass.
class DeltaMeter {
 public:
  void add(double value, int image, bool is_error) {
    if (!std::isnan(value)) sorted_.push_back({value, image, is_error});
  }
  void sort() {
    std::sort(sorted_.begin(), sorted_.end(),
              [](const Value& a, const Value& b) { return a.value < b.value; });
  }
  // Whether errors and true positives are each on so many images.
  bool is_on(std::size_t images) const {
    std::set<int> of_errors, of_hits;
    for (const Value& v : sorted_) (v.is_error ? of_errors : of_hits).insert(v.image);
    return of_errors.size() >= images && of_hits.size() >= images;
  }
  // `weight(image)`; NaN where either side weighs nothing.
  template <typename Weight>
  double delta(const Weight& weight) const {
    double errors = 0, hits = 0, difference = 0;  // of pairs: error above minus error below
    for (std::size_t i = 0; i < sorted_.size();) {
      double tied_errors = 0, tied_hits = 0;
      const double value = sorted_[i].value;
      for (; i < sorted_.size() && sorted_[i].value == value; ++i)
        (sorted_[i].is_error ? tied_errors : tied_hits) += weight(sorted_[i].image);
      difference += tied_errors * hits - tied_hits * errors;
      errors += tied_errors;
      hits += tied_hits;
    }
    return errors > 0 && hits > 0 ? difference / (errors * hits) : kNaN;
  }

 private:
  struct Value {
    double value = 0;
    int image = 0;
    bool is_error = false;
  };
  std::vector<Value> sorted_;
};

NumberEffect effect_of(double delta, std::vector<double> samples, double confidence) {
  std::erase_if(samples, [](double v) { return std::isnan(v); });
  if (std::isnan(delta) || samples.empty()) return {{delta, kNaN, kNaN}, 1, 1};
  const double p = two_sided_p(samples);
  return {bootstrap_interval(delta, std::move(samples), confidence), p, 1};
}

class Miner {
 public:
  Miner(const MinedResults& of, const MiningOptions& options) : of_(of), options_(options) {
    for (const auto& [image, queries] : of.attention)
      if (!queries.empty())
        study_.levels = static_cast<int>(queries[0].numbers.size()) - kNumAttentionNumbers;
  }

  ErrorStudy mine() {
    add_hits();
    add_errors();
    std::stable_sort(study_.rows.begin(), study_.rows.end(),
                     [](const MinedRow& a, const MinedRow& b) {
                       return std::pair(a.outcome, a.image) < std::pair(b.outcome, b.image);
                     });
    for (int outcome = 0; outcome < kNumOutcomes; ++outcome) summarise(outcome);
    measure_effects();
    return std::move(study_);
  }

 private:
  const CocoDetection& detection(std::int32_t index) const {
    return of_.results.detections[static_cast<std::size_t>(index)];
  }
  const CocoAnnotation& truth(std::int32_t index) const {
    return of_.data.annotations()[static_cast<std::size_t>(index)];
  }

  void add(int outcome, std::int32_t index, std::int32_t truth_index) {
    const CocoDetection& d = detection(index);
    if (outcome != kMissed && d.score < options_.threshold) return;
    MinedRow row{.outcome = outcome, .image = d.image, .detection = index, .truth = truth_index};
    row.query = of_.queries[static_cast<std::size_t>(index)];
    if (truth_index >= 0) row.iou = box_iou(corners(d.box), corners(truth(truth_index).box));
    const auto found = of_.attention.find(d.image);
    if (found == of_.attention.end() || row.query >= std::ssize(found->second))
      throw Error(text_of("image ", d.image, " has no numbers of its queries' attention"));
    row.attention = found->second[static_cast<std::size_t>(row.query)];
    study_.rows.push_back(std::move(row));
  }

  void add_hits() {
    for (const CategoryMatches& matches : of_.evaluation.matches)
      for (const RankedDetection& d : matches.detections) {
        if (!matches.is_true_positive(d, kIou50, kAllAreas)) continue;
        ++study_.outcomes[kTruePositive].all;
        add(kTruePositive, d.index, matches.matches[d.match].annotation[kIou50]);
      }
  }

  // Of all results on the image, whatever class and score; -1: none overlaps.
  std::int32_t nearest_result(const CocoAnnotation& missed) const {
    std::int32_t nearest = -1;
    double best = 0;
    const auto first =
        std::lower_bound(of_.results.detections.begin(), of_.results.detections.end(), missed.image,
                         [](const CocoDetection& d, int image) { return d.image < image; });
    for (auto d = first; d != of_.results.detections.end() && d->image == missed.image; ++d) {
      const double iou = box_iou(corners(d->box), corners(missed.box));
      if (iou <= best) continue;
      best = iou;
      nearest = static_cast<std::int32_t>(d - of_.results.detections.begin());
    }
    return nearest;
  }

  void add_errors() {
    const TideResult tide =
        tide_errors(of_.data, of_.results, of_.evaluation,
                    {.keep_errors = true, .threads = options_.bootstrap.threads});
    study_.ap50 = tide.ap50;
    for (int type = 0; type < kNumTideTypes; ++type) {
      study_.outcomes[static_cast<std::size_t>(1 + type)].all = tide.counts[type];
      study_.outcomes[static_cast<std::size_t>(1 + type)].dap = tide.dap[type];
    }
    for (const TideError& error : tide.errors) {
      if (error.type != TideType::kMiss) {
        add(1 + static_cast<int>(error.type), error.detection, error.truth);
        continue;
      }
      const std::int32_t nearest = nearest_result(truth(error.truth));
      if (nearest >= 0) {
        add(kMissed, nearest, error.truth);
      } else {
        study_.rows.push_back({.outcome = kMissed, .image = error.image, .truth = error.truth});
      }
    }
  }

  int numbers() const { return kNumAttentionNumbers + study_.levels; }

  double order_of(const MinedRow& row) const {
    return row.outcome == kMissed ? truth(row.truth).box.area() : detection(row.detection).score;
  }

  void summarise(int outcome) {
    Outcome& of = study_.outcomes[static_cast<std::size_t>(outcome)];
    std::vector<std::vector<double>> values(static_cast<std::size_t>(numbers()));
    std::map<int, MinedImage> images;
    for (std::size_t i = 0; i < study_.rows.size(); ++i) {
      const MinedRow& row = study_.rows[i];
      if (row.outcome != outcome) continue;
      ++of.shown;
      for (int n = 0; n < numbers(); ++n)
        values[static_cast<std::size_t>(n)].push_back(row.attention.of(n));
      MinedImage& image = images[row.image];
      image.image = row.image;
      image.rows.push_back(static_cast<int>(i));
      image.weight += outcome == kMissed ? 1 : detection(row.detection).score;
    }
    for (auto& of_number : values) of.numbers.push_back(summary_of(std::move(of_number)));
    for (auto& [index, image] : images) {
      std::stable_sort(image.rows.begin(), image.rows.end(), [&](int a, int b) {
        return order_of(study_.rows[static_cast<std::size_t>(a)]) >
               order_of(study_.rows[static_cast<std::size_t>(b)]);
      });
      of.images.push_back(std::move(image));
    }
    std::stable_sort(of.images.begin(), of.images.end(),
                     [](const MinedImage& a, const MinedImage& b) { return a.weight > b.weight; });
  }

  // Of each type and number.
  std::vector<DeltaMeter> meters() const {
    const auto count = static_cast<std::size_t>(numbers());
    std::vector<DeltaMeter> all(kNumTideTypes * count);
    for (const MinedRow& row : study_.rows)
      for (int n = 0; n < numbers(); ++n)
        for (int type = 0; type < kNumTideTypes; ++type)
          if (row.outcome == kTruePositive || row.outcome == 1 + type)
            all[static_cast<std::size_t>(type) * count + static_cast<std::size_t>(n)].add(
                row.attention.of(n), row.image, row.outcome != kTruePositive);
    for (DeltaMeter& meter : all) meter.sort();
    return all;
  }

  void measure_effects() {
    const std::vector<DeltaMeter> all = meters();
    const BootstrapDraws draws(of_.data.images().size(), of_.evaluation.images, options_.bootstrap);
    std::vector<std::vector<double>> samples(
        all.size(), std::vector<double>(static_cast<std::size_t>(draws.resamples())));
    parallel_for(draws.resamples(), options_.bootstrap.threads, [&](std::int64_t b) {
      const auto weights = draws.weights(static_cast<int>(b));
      for (std::size_t i = 0; i < all.size(); ++i)
        samples[i][static_cast<std::size_t>(b)] = all[i].delta([&](int image) {
          return static_cast<double>(weights[static_cast<std::size_t>(image)]);
        });
    });
    std::vector<NumberEffect*> tested;
    std::vector<double> p;
    for (std::size_t i = 0; i < all.size(); ++i) {
      if (!all[i].is_on(kFewestTestedImages)) samples[i].clear();
      const std::size_t type = i / static_cast<std::size_t>(numbers());
      auto& effects = study_.outcomes[1 + type].effects;
      effects.reserve(static_cast<std::size_t>(numbers()));
      effects.push_back(effect_of(all[i].delta([](int) { return 1.0; }), std::move(samples[i]),
                                  options_.bootstrap.confidence));
      if (!effects.back().is_tested()) continue;
      tested.push_back(&effects.back());
      p.push_back(effects.back().p);
    }
    const std::vector<double> q = benjamini_hochberg(p);
    for (std::size_t i = 0; i < q.size(); ++i) tested[i]->q = q[i];
  }

  const MinedResults& of_;
  const MiningOptions& options_;
  ErrorStudy study_;
};

}  // namespace

bool NumberEffect::is_tested() const { return !std::isnan(delta.low); }

const char* outcome_name(int outcome) {
  return outcome == kTruePositive ? "TP" : kTideNames[static_cast<std::size_t>(outcome - 1)];
}

ErrorStudy mine_errors(const MinedResults& of, const MiningOptions& options) {
  return Miner(of, options).mine();
}

}  // namespace saccade
