// Means over detections when whole images are drawn anew.
#include "saccade/study/image_draws.h"

#include <algorithm>
#include <cmath>
#include <limits>
#include <numeric>
#include <set>

#include "saccade/core/error.h"

namespace saccade {
namespace {

double mean_of(const std::vector<double>& values, const std::vector<bool>& known) {
  double sum = 0, count = 0;
  for (std::size_t i = 0; i < values.size(); ++i)
    if (known[i]) sum += values[i], ++count;
  return sum / count;
}

}  // namespace

ImageDraws::ImageDraws(const std::vector<int>& images, const BootstrapOptions& options)
    : options_(options) {
  if (images.empty()) throw Error("bootstrap: no detection was measured");
  std::vector<int> all = images;
  std::sort(all.begin(), all.end());
  all.erase(std::unique(all.begin(), all.end()), all.end());
  for (const int image : images)
    image_of_.push_back(
        static_cast<std::size_t>(std::lower_bound(all.begin(), all.end(), image) - all.begin()));
  std::iota(all.begin(), all.end(), 0);
  const BootstrapDraws draws(all.size(), all, options_);
  for (int b = 0; b < options_.resamples; ++b) weights_.push_back(draws.weights(b));
}

std::vector<double> ImageDraws::samples(const std::vector<double>& values,
                                        const std::vector<bool>& known) const {
  std::vector<double> samples;
  for (const auto& weights : weights_) {
    double sum = 0, count = 0;
    for (std::size_t i = 0; i < values.size(); ++i) {
      if (!known[i]) continue;
      sum += weights[image_of_[i]] * values[i];
      count += weights[image_of_[i]];
    }
    if (count > 0) samples.push_back(sum / count);
  }
  return samples;
}

std::size_t ImageDraws::image_count(const std::vector<bool>& known) const {
  std::set<std::size_t> images;
  for (std::size_t i = 0; i < known.size(); ++i)
    if (known[i]) images.insert(image_of_[i]);
  return images.size();
}

BootstrapDifference ImageDraws::difference(const std::vector<double>& first,
                                           const std::vector<double>& second) const {
  std::vector<bool> known;
  for (std::size_t i = 0; i < first.size(); ++i)
    known.push_back(std::isfinite(first[i]) && std::isfinite(second[i]));
  constexpr double kNone = std::numeric_limits<double>::quiet_NaN();
  if (std::none_of(known.begin(), known.end(), [](bool k) { return k; })) {
    constexpr BootstrapInterval kUnknown{kNone, kNone, kNone};
    return {kUnknown, kUnknown, kUnknown, kNone};
  }
  const std::size_t images = image_count(known);
  const auto first_samples = samples(first, known), second_samples = samples(second, known);
  // None where no resample has an image on which anything is known.
  if (images < kLeastImages || first_samples.empty()) {
    const double a = mean_of(first, known), b = mean_of(second, known);
    return {{a, kNone, kNone}, {b, kNone, kNone}, {b - a, kNone, kNone}, 1};
  }
  BootstrapDifference difference =
      paired_difference(mean_of(first, known), mean_of(second, known), first_samples,
                        second_samples, options_.confidence);
  difference.p = std::max(difference.p, std::pow(2.0, 1.0 - static_cast<double>(images)));
  return difference;
}

BootstrapInterval ImageDraws::mean(const std::vector<double>& values) const {
  return difference(values, values).second;
}

}  // namespace saccade
