// What is left of a detection as more and more is removed.
#include "saccade/study/removal_curve.h"

#include <algorithm>
#include <cmath>
#include <numeric>

#include "saccade/core/error.h"

namespace saccade {

std::int64_t removed_count(double share, std::int64_t all) {
  return std::clamp<std::int64_t>(std::llround(share * static_cast<double>(all)), 0, all);
}

double curve_auc(std::span<const double> scores) {
  if (scores.size() < 2)
    throw Error(text_of("a curve of ", scores.size(), " values has no area under it"));
  const double sum = std::accumulate(scores.begin(), scores.end(), 0.0);
  return (sum - scores.front() / 2 - scores.back() / 2) / static_cast<double>(scores.size() - 1);
}

double RemovalCurve::at(double share) const {
  if (shares.empty() || shares.size() != scores.size() ||
      !std::is_sorted(shares.begin(), shares.end()))
    throw Error(text_of("a curve has ", shares.size(), " shares, which must ascend, and ",
                        scores.size(), " scores"));
  // The first of several points of one share: nothing more has been removed there.
  const auto above = std::lower_bound(shares.begin(), shares.end(), share);
  if (above == shares.end()) return scores.back();
  const auto i = static_cast<std::size_t>(above - shares.begin());
  if (i == 0 || shares[i] == share) return scores[i];
  const double part = (share - shares[i - 1]) / (shares[i] - shares[i - 1]);
  return scores[i - 1] + part * (scores[i] - scores[i - 1]);
}

double RemovalCurve::auc(double end) const {
  constexpr int kSteps = 100;
  std::vector<double> values;
  for (int i = 0; i <= kSteps; ++i) values.push_back(at(end * i / kSteps));
  return curve_auc(values);
}

void RemovalSteps::check() const {
  if (within < 1 || within > 100)
    throw Error(text_of("steps within the box: ", within, ", expected 1 to 100"));
  if (beyond < 0 || beyond > 100)
    throw Error(text_of("steps beyond the box: ", beyond, ", expected 0 to 100"));
}

std::vector<double> removal_shares(double box_share, const RemovalSteps& steps) {
  steps.check();
  if (!(box_share > 0 && box_share <= 1))
    throw Error(text_of("a box covers ", box_share, " of its image, expected above 0 to 1"));
  std::vector<double> shares{0};
  for (int i = 1; i <= steps.within; ++i) shares.push_back(box_share * i / steps.within);
  for (int i = 1; i <= steps.beyond; ++i)
    shares.push_back(std::pow(box_share, 1 - static_cast<double>(i) / (steps.beyond + 1)));
  shares.push_back(1);
  return shares;
}

}  // namespace saccade
