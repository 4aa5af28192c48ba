// Paired bootstrap over images of the difference of two evaluations.
#include "saccade/eval/bootstrap.h"

#include <algorithm>
#include <cmath>

#include "saccade/core/error.h"
#include "saccade/core/parallel.h"
#include "saccade/core/random.h"
#include "saccade/eval/objective_samples.h"

namespace saccade {
namespace {

void check_matches(const CocoDataSet& data, const CocoEvaluation& evaluation) {
  if (evaluation.matches.size() != data.categories().size())
    throw Error("bootstrap: an evaluation kept no matches; set keep_matches");
}

}  // namespace

void BootstrapOptions::check() const {
  if (resamples < 1 || resamples > 10'000'000)
    throw Error(text_of("bootstrap: resamples is ", resamples, ", expected 1 to 10000000"));
  if (!(confidence > 0 && confidence < 1))
    throw Error(text_of("bootstrap: confidence is ", confidence, ", expected 0 to 1"));
}

BootstrapDraws::BootstrapDraws(std::size_t all, std::vector<int> images,
                               const BootstrapOptions& options)
    : all_(all), images_(std::move(images)), options_(options) {
  options_.check();
  if (images_.empty()) throw Error("bootstrap: no image was evaluated");
}

std::vector<std::int32_t> BootstrapDraws::weights(int b) const {
  Random random({options_.seed, static_cast<std::uint64_t>(b)});
  std::vector<std::int32_t> weights(all_, 0);
  for (std::size_t i = 0; i < images_.size(); ++i)
    ++weights[static_cast<std::size_t>(images_[random.below(images_.size())])];
  return weights;
}

std::vector<std::vector<double>> bootstrap_samples(
    const BootstrapDraws& draws, const CocoDataSet& data, const CocoResults& results,
    const CocoEvaluation& evaluation, std::span<const Objective> objectives, int threads) {
  check_matches(data, evaluation);
  const ObjectiveSampler sampler(data, results, evaluation, objectives, threads);
  std::vector<std::vector<double>> samples(
      objectives.size(), std::vector<double>(static_cast<std::size_t>(draws.resamples())));
  parallel_for(draws.resamples(), threads, [&](std::int64_t b) {
    const std::vector<double> values = sampler.values(draws.weights(static_cast<int>(b)));
    for (std::size_t o = 0; o < values.size(); ++o)
      samples[o][static_cast<std::size_t>(b)] = values[o];
  });
  return samples;
}

double percentile(const std::vector<double>& sorted, double share) {
  const double at = share * static_cast<double>(sorted.size() - 1);
  const auto below = static_cast<std::size_t>(at);
  const std::size_t above = std::min(below + 1, sorted.size() - 1);
  return sorted[below] + (at - std::floor(at)) * (sorted[above] - sorted[below]);
}

BootstrapInterval bootstrap_interval(double value, std::vector<double> samples, double confidence) {
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

BootstrapDifference paired_difference(double first, double second,
                                      const std::vector<double>& firsts,
                                      const std::vector<double>& seconds, double confidence) {
  std::vector<double> differences(firsts.size());
  for (std::size_t b = 0; b < firsts.size(); ++b) differences[b] = seconds[b] - firsts[b];
  BootstrapDifference out;
  out.first = bootstrap_interval(first, firsts, confidence);
  out.second = bootstrap_interval(second, seconds, confidence);
  out.difference = bootstrap_interval(second - first, differences, confidence);
  out.p = two_sided_p(differences);
  return out;
}

BootstrapComparison compare_by_bootstrap(const CocoDataSet& data, const CocoResults& first_results,
                                         const CocoEvaluation& first,
                                         const CocoResults& second_results,
                                         const CocoEvaluation& second,
                                         const BootstrapOptions& options) {
  options.check();
  check_matches(data, first);
  check_matches(data, second);
  if (first.images != second.images)
    throw Error(text_of("bootstrap: the evaluations are of different images (", first.images.size(),
                        " and ", second.images.size(), ")"));
  const BootstrapDraws draws(data.images().size(), first.images, options);
  const Objective objectives[] = {{Objective::Kind::kStat, 0}, {Objective::Kind::kStat, 1}};
  const auto a = bootstrap_samples(draws, data, first_results, first, objectives, options.threads);
  const auto b =
      bootstrap_samples(draws, data, second_results, second, objectives, options.threads);
  const auto difference = [&](std::size_t stat) {
    return paired_difference(first.stats[stat], second.stats[stat], a[stat], b[stat],
                             options.confidence);
  };
  return {difference(0), difference(1), options.resamples, options.seed};
}

}  // namespace saccade
