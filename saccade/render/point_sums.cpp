// What sampling points add up to.
#include "saccade/render/point_sums.h"

#include <algorithm>
#include <cmath>

namespace saccade {
namespace {

template <typename Counts>
double share_of(const std::vector<SamplePoint>& points, const Counts& counts) {
  double sum = 0;
  for (const SamplePoint& p : points)
    if (counts(p)) sum += p.weight;
  const double all = weight_of(points);
  return all > 0 ? sum / all : 0;
}

}  // namespace

double weight_of(const std::vector<SamplePoint>& points) {
  double sum = 0;
  for (const SamplePoint& p : points) sum += p.weight;
  return sum;
}

std::vector<double> level_shares(const std::vector<SamplePoint>& points, std::size_t levels) {
  std::vector<double> shares = mean_level_weights(points, 1, levels);
  const double all = weight_of(points);
  for (double& share : shares) share = all > 0 ? share / all : 0;
  return shares;
}

std::vector<double> mean_level_weights(const std::vector<SamplePoint>& points, int heads,
                                       std::size_t levels) {
  std::vector<double> weights(levels);
  for (const SamplePoint& p : points)
    weights.at(static_cast<std::size_t>(p.level)) += p.weight / heads;
  return weights;
}

double share_in_box(const std::vector<SamplePoint>& points, const BoxXyxy& box) {
  return share_of(points, [&](const SamplePoint& p) {
    return p.x >= box.x0 && p.x <= box.x1 && p.y >= box.y0 && p.y <= box.y1;
  });
}

double share_outside(const std::vector<SamplePoint>& points, double width, double height) {
  return share_of(points, [&](const SamplePoint& p) { return p.is_outside(width, height); });
}

std::size_t points_that_carry(std::vector<SamplePoint> points, double share) {
  std::sort(points.begin(), points.end(),
            [](const SamplePoint& a, const SamplePoint& b) { return a.weight > b.weight; });
  const double wanted = share * weight_of(points);
  double sum = 0;
  std::size_t count = 0;
  while (count < points.size() && sum < wanted) sum += points[count++].weight;
  return count;
}

double mean_radius(const std::vector<SamplePoint>& points, int heads, double x, double y) {
  std::vector<double> far(static_cast<std::size_t>(heads)), weight(far.size());
  for (const SamplePoint& p : points) {
    const auto head = static_cast<std::size_t>(p.head);
    far[head] += p.weight * std::hypot(p.x - x, p.y - y);
    weight[head] += p.weight;
  }
  double sum = 0;
  for (std::size_t head = 0; head < far.size(); ++head)
    if (weight[head] > 0) sum += far[head] / weight[head];
  return sum / heads;
}

}  // namespace saccade
