// Maps of what mattered, as plain numbers.
#include "saccade/study/saliency_map.h"

#include <algorithm>
#include <cmath>

#include "saccade/core/error.h"
#include "saccade/core/random.h"
#include "saccade/core/rank_correlation.h"

namespace saccade {
namespace {

constexpr int kWindow = 5;  // cells on either side
constexpr double kWindowSigma = 1.5, kC1 = 0.01 * 0.01, kC2 = 0.03 * 0.03;

SaliencyMap sized(int width, int height) {
  SaliencyMap map{.width = width, .height = height};
  map.values.resize(static_cast<std::size_t>(width) * static_cast<std::size_t>(height));
  return map;
}

SaliencyMap absolute(SaliencyMap map, bool to_one) {
  double largest = 0;
  for (double& value : map.values) largest = std::max(largest, value = std::abs(value));
  if (to_one && largest > 0)
    for (double& value : map.values) value /= largest;
  return map;
}

void check_pair(const SaliencyMap& a, const SaliencyMap& b) {
  a.check(), b.check();
  if (a.width != b.width || a.height != b.height)
    throw Error(text_of("maps of ", a.width, " x ", a.height, " and ", b.width, " x ", b.height,
                        " cannot be compared"));
}

// Weighted moments of both maps around a cell.
struct Moments {
  double weight = 0, a = 0, b = 0, aa = 0, bb = 0, ab = 0;

  void add(double w, double of_a, double of_b) {
    weight += w, a += w * of_a, b += w * of_b;
    aa += w * of_a * of_a, bb += w * of_b * of_b, ab += w * of_a * of_b;
  }
  double similarity() const {
    const double mean_a = a / weight, mean_b = b / weight;
    const double var_a = std::max(0.0, aa / weight - mean_a * mean_a);
    const double var_b = std::max(0.0, bb / weight - mean_b * mean_b);
    const double covariance = ab / weight - mean_a * mean_b;
    return (2 * mean_a * mean_b + kC1) * (2 * covariance + kC2) /
           ((mean_a * mean_a + mean_b * mean_b + kC1) * (var_a + var_b + kC2));
  }
};

double similarity_at(const SaliencyMap& a, const SaliencyMap& b, int x, int y) {
  Moments moments;
  for (int v = std::max(0, y - kWindow); v <= std::min(a.height - 1, y + kWindow); ++v) {
    for (int u = std::max(0, x - kWindow); u <= std::min(a.width - 1, x + kWindow); ++u) {
      const double squared = static_cast<double>((u - x) * (u - x) + (v - y) * (v - y));
      moments.add(std::exp(-squared / (2 * kWindowSigma * kWindowSigma)), a.at(u, v), b.at(u, v));
    }
  }
  return moments.similarity();
}

}  // namespace

void SaliencyMap::check() const {
  if (width < 1 || height < 1 ||
      values.size() != static_cast<std::size_t>(width) * static_cast<std::size_t>(height))
    throw Error(text_of("a map of ", width, " x ", height, " has ", values.size(), " values"));
  if (!std::all_of(values.begin(), values.end(), [](double v) { return std::isfinite(v); }))
    throw Error("a map has values that are not finite");
}

std::vector<std::int32_t> falling_order(const SaliencyMap& map, std::uint64_t seed) {
  map.check();
  struct Keyed {
    double value;
    std::uint64_t key;
    std::int32_t pixel;
  };
  std::vector<Keyed> all;
  all.reserve(map.values.size());
  Random random(seed);
  for (const double value : map.values)
    all.push_back({value, random.next(), static_cast<std::int32_t>(all.size())});
  std::sort(all.begin(), all.end(), [](const Keyed& a, const Keyed& b) {
    if (a.value != b.value) return a.value > b.value;
    return a.key != b.key ? a.key < b.key : a.pixel < b.pixel;
  });
  std::vector<std::int32_t> order;
  order.reserve(all.size());
  for (const Keyed& one : all) order.push_back(one.pixel);
  return order;
}

SaliencyMap random_cells(int width, int height, int cell, std::uint64_t seed) {
  const int columns = (width + cell - 1) / cell, rows = (height + cell - 1) / cell;
  Random random(seed);
  std::vector<double> drawn(static_cast<std::size_t>(columns) * static_cast<std::size_t>(rows));
  for (double& value : drawn) value = random.uniform();
  SaliencyMap map = sized(width, height);
  std::size_t i = 0;
  for (int y = 0; y < height; ++y)
    for (int x = 0; x < width; ++x)
      map.values[i++] = drawn[static_cast<std::size_t>(y / cell * columns + x / cell)];
  return map;
}

SaliencyMap box_gaussian(int width, int height, const BoxXyxy& box) {
  const double sigma_x = std::max(box.width() / 4, 0.5), sigma_y = std::max(box.height() / 4, 0.5);
  const double x_middle = (box.x0 + box.x1) / 2, y_middle = (box.y0 + box.y1) / 2;
  SaliencyMap map = sized(width, height);
  std::size_t i = 0;
  for (int y = 0; y < height; ++y) {
    for (int x = 0; x < width; ++x) {
      const double dx = (x + 0.5 - x_middle) / sigma_x, dy = (y + 0.5 - y_middle) / sigma_y;
      map.values[i++] = std::exp(-(dx * dx + dy * dy) / 2);
    }
  }
  return map;
}

SaliencyMap cell_means(const SaliencyMap& map, int cell) {
  map.check();
  SaliencyMap means = sized((map.width + cell - 1) / cell, (map.height + cell - 1) / cell);
  std::vector<int> counts(means.values.size());
  for (int y = 0; y < map.height; ++y) {
    for (int x = 0; x < map.width; ++x) {
      const auto at = static_cast<std::size_t>(y / cell * means.width + x / cell);
      means.values[at] += map.at(x, y);
      ++counts[at];
    }
  }
  for (std::size_t i = 0; i < counts.size(); ++i) means.values[i] /= counts[i];
  return means;
}

double absolute_rank_correlation(const SaliencyMap& a, const SaliencyMap& b) {
  check_pair(a, b);
  return spearman(absolute(a, false).values, absolute(b, false).values);
}

double structural_similarity(const SaliencyMap& a, const SaliencyMap& b) {
  check_pair(a, b);
  const SaliencyMap of_a = absolute(a, true), of_b = absolute(b, true);
  double sum = 0;
  for (int y = 0; y < a.height; ++y)
    for (int x = 0; x < a.width; ++x) sum += similarity_at(of_a, of_b, x, y);
  return sum / static_cast<double>(a.values.size());
}

}  // namespace saccade
