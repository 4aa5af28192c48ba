// How far a difference in AP depends on which images were evaluated: a paired bootstrap over images.
#pragma once

#include <cstdint>
#include <span>
#include <vector>

#include "saccade/eval/coco_eval.h"
#include "saccade/eval/objective.h"

namespace saccade {

struct BootstrapOptions {
  int resamples = 1000;
  std::uint64_t seed = 0;
  double confidence = 0.95;
  int threads = 0;     // < 1: all; the result is the same for any number
  void check() const;  // throws Error and names the field
};

// A number of the evaluated images and where it lies in `confidence` of the resamples (percentiles).
struct BootstrapInterval {
  double value = 0, low = 0, high = 0;
};

struct BootstrapDifference {
  BootstrapInterval first, second;  // of the two results
  BootstrapInterval difference;     // second - first
  double p = 1;  // two-sided: twice the smaller share of resamples on either side of 0, at most 1
};

struct BootstrapComparison {
  BootstrapDifference ap, ap50;
  int resamples = 0;
  std::uint64_t seed = 0;
};

// As many images as were evaluated, drawn with replacement, again and again: the same draws for every result, so that
// differences are paired.
class BootstrapDraws {
 public:
  // `images` of `all`, by index. Throws Error (check(), no image).
  BootstrapDraws(std::size_t all, std::vector<int> images, const BootstrapOptions& options);

  int resamples() const { return options_.resamples; }
  // How often each of `all` was drawn in resample b.
  std::vector<std::int32_t> weights(int b) const;

 private:
  const std::size_t all_;
  const std::vector<int> images_;
  const BootstrapOptions options_;
};

// Every objective in every resample (ObjectiveSampler), [objectives][resamples]. The evaluation has kept its matches and
// is of the images drawn from, else Error.
std::vector<std::vector<double>> bootstrap_samples(
    const BootstrapDraws& draws, const CocoDataSet& data, const CocoResults& results,
    const CocoEvaluation& evaluation, std::span<const Objective> objectives, int threads = 0);

// Below which `share` of the sorted values lies, between neighbours in proportion.
double percentile(const std::vector<double>& sorted, double share);
// A number and where it lies in its resamples, of which there is one at least.
BootstrapInterval bootstrap_interval(double value, std::vector<double> samples, double confidence);
// Of the resamples of a difference (BootstrapDifference::p).
double two_sided_p(const std::vector<double>& differences);

// From two results' values and their samples in the same draws. Resamples without truths have -1 in both: no change.
BootstrapDifference paired_difference(double first, double second,
                                      const std::vector<double>& firsts,
                                      const std::vector<double>& seconds, double confidence);

// The difference of two results. Both evaluations must have kept their matches and be of the same images of one data
// set, else Error. `first_results` and `second_results` are what they evaluated.
BootstrapComparison compare_by_bootstrap(const CocoDataSet& data, const CocoResults& first_results,
                                         const CocoEvaluation& first,
                                         const CocoResults& second_results,
                                         const CocoEvaluation& second,
                                         const BootstrapOptions& options = {});

}  // namespace saccade
