// What every study says of itself.
#include "saccade/study/study_source.h"

#include <algorithm>
#include <cmath>

#include "saccade/core/error.h"
#include "saccade/study/study_text.h"

namespace saccade {

std::string too_few_images(std::size_t images) {
  constexpr std::size_t kEnough = 30;
  if (images >= kEnough) return "";
  return text_of(images, images == 1 ? " image is" : " images are",
                 " too few for intervals to be trusted: resamples cannot show what other images "
                 "would");
}

int default_resamples(std::size_t units) {
  constexpr double kLeast = 1000, kMost = 10'000, kMargin = 5;
  return static_cast<int>(std::clamp(
      std::ceil(kMargin * 2.0 * static_cast<double>(units) / kSignificantQ), kLeast, kMost));
}

std::string too_few_resamples(std::size_t units, int resamples, const char* what) {
  const double least_p = 2.0 / (resamples + 1);
  const auto count = static_cast<double>(units);
  const double needed = std::ceil(least_p * count / kSignificantQ);
  if (needed <= 1) return "";
  return text_of("p cannot fall below ", decimals(least_p, 4), " with ", resamples, " resamples: ",
                 needed > count ? text_of("none of ", units, " ", what, " can")
                                : text_of("fewer than ", static_cast<int>(needed), " of ", units,
                                          " ", what, " cannot"),
                 " become significant; --bootstrap ",
                 static_cast<int>(std::ceil(2.0 * count / kSignificantQ)), " lets one do so");
}

}  // namespace saccade
