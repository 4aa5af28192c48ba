// Means over detections when whole images are drawn anew with replacement.
#pragma once

#include <vector>

#include "saccade/eval/bootstrap.h"

namespace saccade {

class ImageDraws {
 public:
  static constexpr std::size_t kLeastImages = 2;

  // `images[i]` is the image of value i. Throws Error: no value, options.check().
  ImageDraws(const std::vector<int>& images, const BootstrapOptions& options);

  // Of the values that are numbers; NaN where none is. The bounds are NaN where fewer than kLeastImages hold them: drawn anew,
  // one image is always itself, and an interval of no width would look like certainty.
  BootstrapInterval mean(const std::vector<double>& values) const;
  // Mean of `second` minus that of `first`, over the values that are numbers in both, with the same draws for both; bounds as of
  // mean(). p is at least 2 / 2^images, how often all of them agree in sign by chance: resamples of a few images know nothing of that.
  BootstrapDifference difference(const std::vector<double>& first,
                                 const std::vector<double>& second) const;

 private:
  // The mean in every draw that holds a value of `known`.
  std::vector<double> samples(const std::vector<double>& values,
                              const std::vector<bool>& known) const;

  std::size_t image_count(const std::vector<bool>& known) const;

  const BootstrapOptions options_;
  std::vector<std::size_t> image_of_;               // from 0, of each value
  std::vector<std::vector<std::int32_t>> weights_;  // how often each image was drawn, of each draw
};

}  // namespace saccade
