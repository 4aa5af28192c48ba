// Where a map lies.
#include "saccade/study/map_metrics.h"

#include <algorithm>
#include <cmath>
#include <limits>

#include "saccade/core/error.h"

namespace saccade {
namespace {

constexpr double kNothing = std::numeric_limits<double>::quiet_NaN();

double energy(double value) { return std::max(0.0, value); }

void check_same_size(const SaliencyMap& map, const RegionMask& region) {
  map.check();
  if (region.width != map.width || region.height != map.height)
    throw Error(text_of("a map of ", map.width, " x ", map.height, " and a region of ",
                        region.width, " x ", region.height, " do not fit"));
}

double largest_energy(const SaliencyMap& map) {
  return energy(*std::max_element(map.values.begin(), map.values.end()));
}

// First and one past the last pixel whose centre lies between `low` and `high`; the pixel of the middle at least.
std::pair<int, int> pixels_between(double low, double high, int count) {
  const int first = std::clamp(static_cast<int>(std::ceil(low - 0.5)), 0, count - 1);
  const int end = std::clamp(static_cast<int>(std::ceil(high - 0.5)), 0, count);
  if (first < end) return {first, end};
  const int middle = std::clamp(static_cast<int>(std::floor((low + high) / 2)), 0, count - 1);
  return {middle, middle + 1};
}

}  // namespace

RegionMask box_region(const BoxXyxy& box, int width, int height) {
  RegionMask region{.width = width, .height = height};
  region.inside.resize(static_cast<std::size_t>(width) * static_cast<std::size_t>(height));
  const auto [left, right] = pixels_between(box.x0, box.x1, width);
  const auto [top, bottom] = pixels_between(box.y0, box.y1, height);
  for (int y = top; y < bottom; ++y) {
    const auto row = region.inside.begin() + static_cast<std::ptrdiff_t>(y) * width;
    std::fill(row + left, row + right, std::uint8_t{1});
  }
  return region;
}

double pointing(const SaliencyMap& map, const RegionMask& region) {
  check_same_size(map, region);
  const double largest = largest_energy(map);
  if (!(largest > 0)) return kNothing;
  int places = 0, hits = 0;
  for (std::size_t i = 0; i < map.values.size(); ++i) {
    if (map.values[i] < largest) continue;
    ++places;
    hits += region.inside[i] != 0;
  }
  return static_cast<double>(hits) / places;
}

double energy_share(const SaliencyMap& map, const RegionMask& region) {
  check_same_size(map, region);
  double inside = 0, all = 0;
  for (std::size_t i = 0; i < map.values.size(); ++i) {
    all += energy(map.values[i]);
    if (region.inside[i] != 0) inside += energy(map.values[i]);
  }
  return all > 0 ? inside / all : kNothing;
}

double compactness(const SaliencyMap& map, double radius) {
  map.check();
  const double largest = largest_energy(map);
  if (!(largest > 0) || !(radius > 0)) return kNothing;
  double x_sum = 0, y_sum = 0, places = 0;
  for (int y = 0; y < map.height; ++y)
    for (int x = 0; x < map.width; ++x)
      if (map.at(x, y) >= largest) x_sum += x, y_sum += y, ++places;
  const double x_max = x_sum / places, y_max = y_sum / places;
  double spread = 0, all = 0;
  for (int y = 0; y < map.height; ++y) {
    for (int x = 0; x < map.width; ++x) {
      const double h = energy(map.at(x, y)), dx = x - x_max, dy = y - y_max;
      spread += h * (dx * dx + dy * dy);
      all += h;
    }
  }
  return std::sqrt(spread / (all * radius * radius));
}

double other_objects_share(const SaliencyMap& map, const RegionMask& object,
                           const std::vector<RegionMask>& others) {
  check_same_size(map, object);
  if (others.empty()) return kNothing;
  for (const RegionMask& other : others) check_same_size(map, other);
  double own = 0, foreign = 0;
  for (std::size_t i = 0; i < map.values.size(); ++i) {
    if (object.inside[i] != 0) {
      own += energy(map.values[i]);
    } else if (std::any_of(others.begin(), others.end(),
                           [i](const RegionMask& other) { return other.inside[i] != 0; })) {
      foreign += energy(map.values[i]);
    }
  }
  return own + foreign > 0 ? foreign / (own + foreign) : kNothing;
}

MaskOverlap mask_overlap(const SaliencyMap& map, const RegionMask& mask) {
  check_same_size(map, mask);
  const double largest = largest_energy(map);
  const auto area = std::count_if(mask.inside.begin(), mask.inside.end(),
                                  [](std::uint8_t inside) { return inside != 0; });
  if (!(largest > 0) || area == 0) return {kNothing, kNothing};
  constexpr int kThresholds = 9;
  MaskOverlap overlap;
  for (int t = 1; t <= kThresholds; ++t) {
    const double least = largest * t / 10;
    std::int64_t marked = 0, both = 0;
    for (std::size_t i = 0; i < map.values.size(); ++i) {
      if (map.values[i] < least) continue;
      ++marked;
      both += mask.inside[i] != 0;
    }
    const double iou = static_cast<double>(both) / static_cast<double>(marked + area - both);
    overlap.mean += iou / kThresholds;
    overlap.best = std::max(overlap.best, iou);
  }
  return overlap;
}

}  // namespace saccade
