// Paired bootstrap over images of the difference of two evaluations.
#include "saccade/eval/bootstrap.h"

#include <algorithm>
#include <cmath>
#include <numeric>

#include "saccade/core/error.h"
#include "saccade/core/parallel.h"
#include "saccade/core/random.h"
#include "saccade/eval/weighted_ap.h"

namespace saccade {
namespace {

struct ApPair {
  double ap = -1, ap50 = -1;
};

// Truths that count, by category and image.
struct TruthCount {
  std::int32_t image = 0;
  std::int32_t count = 0;
};

class Resampler {
 public:
  Resampler(const CocoDataSet& data, const std::vector<int>& images) : images_(images) {
    num_images_ = data.images().size();
    truths_.resize(data.categories().size());
    std::vector<char> drawn_from(num_images_, 0);
    for (const int image : images) drawn_from[image] = 1;
    for (const CocoAnnotation& a : data.annotations()) {
      const bool counts = !a.is_crowd && (area_range_bits(a.area) >> kAllAreas & 1) != 0;
      if (!counts || drawn_from[a.image] == 0) continue;
      std::vector<TruthCount>& of = truths_[a.category];
      if (of.empty() || of.back().image != a.image) of.push_back({a.image, 0});
      ++of.back().count;
    }
  }

  void add(const CocoResults& results, const CocoEvaluation& evaluation) {
    std::vector<WeightedClass>& classes = classes_.emplace_back();
    for (const CategoryMatches& matches : evaluation.matches)
      classes.emplace_back(results, matches);
  }

  std::vector<std::int32_t> draw(Random random) const {
    std::vector<std::int32_t> weights(num_images_, 0);
    for (std::size_t i = 0; i < images_.size(); ++i)
      ++weights[images_[random.below(images_.size())]];
    return weights;
  }

  // AP and AP50 of results `which` (in the order of add).
  ApPair measure(std::size_t which, std::span<const std::int32_t> weights) const {
    WeightedClass::Work work;
    double sum = 0, sum50 = 0;
    int present = 0;
    for (std::size_t k = 0; k < truths_.size(); ++k) {
      std::int64_t positives = 0;
      for (const TruthCount& t : truths_[k]) positives += std::int64_t{t.count} * weights[t.image];
      if (positives == 0) continue;
      const PrecisionSums sums = classes_[which][k].precision_sums(weights, positives, work);
      sum += std::accumulate(sums.begin(), sums.end(), 0.0);
      sum50 += sums[kIou50];
      ++present;
    }
    if (present == 0) return {};
    const double points = static_cast<double>(present) * kNumRecallThresholds;
    return {sum / (points * kNumIouThresholds), sum50 / points};
  }

 private:
  const std::vector<int>& images_;
  std::size_t num_images_ = 0;
  std::vector<std::vector<TruthCount>> truths_;      // per category
  std::vector<std::vector<WeightedClass>> classes_;  // per results, per category
};

// The value below which the share `q` of the sorted values lies, between neighbours in proportion.
double percentile(const std::vector<double>& sorted, double q) {
  const double at = q * static_cast<double>(sorted.size() - 1);
  const auto below = static_cast<std::size_t>(at);
  const std::size_t above = std::min(below + 1, sorted.size() - 1);
  return sorted[below] + (at - std::floor(at)) * (sorted[above] - sorted[below]);
}

BootstrapInterval interval(double value, std::vector<double> samples, double confidence) {
  std::sort(samples.begin(), samples.end());
  const double tail = (1 - confidence) / 2;
  return {value, percentile(samples, tail), percentile(samples, 1 - tail)};
}

// One is added to both counts, so that p is never 0: the evaluated images are a sample themselves.
double two_sided_p(const std::vector<double>& differences) {
  const auto total = static_cast<double>(differences.size() + 1);
  const auto not_above =
      std::count_if(differences.begin(), differences.end(), [](double d) { return d <= 0; });
  const auto not_below =
      std::count_if(differences.begin(), differences.end(), [](double d) { return d >= 0; });
  return std::min(1.0, 2 * (static_cast<double>(std::min(not_above, not_below)) + 1) / total);
}

BootstrapDifference difference_of(double first, double second, const std::vector<double>& firsts,
                                  const std::vector<double>& seconds, double confidence) {
  std::vector<double> differences(firsts.size());
  for (std::size_t b = 0; b < firsts.size(); ++b) differences[b] = seconds[b] - firsts[b];
  BootstrapDifference out;
  out.first = interval(first, firsts, confidence);
  out.second = interval(second, seconds, confidence);
  out.difference = interval(second - first, differences, confidence);
  out.p = two_sided_p(differences);
  return out;
}

void check_pair(const CocoDataSet& data, const CocoEvaluation& a, const CocoEvaluation& b) {
  for (const CocoEvaluation* e : {&a, &b}) {
    if (e->matches.size() != data.categories().size())
      throw Error("bootstrap: an evaluation kept no matches; set keep_matches");
  }
  if (a.images != b.images)
    throw Error(text_of("bootstrap: the evaluations are of different images (", a.images.size(),
                        " and ", b.images.size(), ")"));
  if (a.images.empty()) throw Error("bootstrap: no image was evaluated");
}

}  // namespace

void BootstrapOptions::check() const {
  if (resamples < 1 || resamples > 10'000'000)
    throw Error(text_of("bootstrap: resamples is ", resamples, ", expected 1 to 10000000"));
  if (!(confidence > 0 && confidence < 1))
    throw Error(text_of("bootstrap: confidence is ", confidence, ", expected 0 to 1"));
}

BootstrapComparison compare_by_bootstrap(const CocoDataSet& data, const CocoResults& first_results,
                                         const CocoEvaluation& first,
                                         const CocoResults& second_results,
                                         const CocoEvaluation& second,
                                         const BootstrapOptions& options) {
  options.check();
  check_pair(data, first, second);
  Resampler resampler(data, first.images);
  resampler.add(first_results, first);
  resampler.add(second_results, second);
  const auto count = static_cast<std::size_t>(options.resamples);
  std::array<std::vector<double>, 2> ap, ap50;
  for (auto* values : {&ap[0], &ap[1], &ap50[0], &ap50[1]}) values->resize(count);
  parallel_for(options.resamples, options.threads, [&](std::int64_t b) {
    const auto weights = resampler.draw(Random({options.seed, static_cast<std::uint64_t>(b)}));
    for (std::size_t which = 0; which < 2; ++which) {
      const ApPair pair = resampler.measure(which, weights);
      ap[which][b] = pair.ap;
      ap50[which][b] = pair.ap50;
    }
  });
  BootstrapComparison out{.resamples = options.resamples, .seed = options.seed};
  out.ap = difference_of(first.stats[0], second.stats[0], ap[0], ap[1], options.confidence);
  out.ap50 = difference_of(first.stats[1], second.stats[1], ap50[0], ap50[1], options.confidence);
  return out;
}

}  // namespace saccade
