// Made-up but realistic inputs of the figures.
#include "tests/render/synthetic_attention.h"

#include <algorithm>
#include <cmath>
#include <numbers>
#include <numeric>

namespace saccade::synthetic {
namespace {

// Softmax over the levels and points of each head, in place; logits stand in `weight`.
void normalise_heads(std::vector<SamplePoint>& points, int heads) {
  std::vector<double> sums(static_cast<std::size_t>(heads), 0.0);
  for (SamplePoint& p : points) {
    p.weight = std::exp(p.weight);
    sums[static_cast<std::size_t>(p.head)] += p.weight;
  }
  for (SamplePoint& p : points) p.weight /= sums[static_cast<std::size_t>(p.head)];
}

double logit(int level, double peak, Numbers& numbers) {
  return peak * numbers.next() * numbers.next() * numbers.next() - 1.1 * level;
}

}  // namespace

double Numbers::next() {
  state_ ^= state_ << 13;
  state_ ^= state_ >> 7;
  state_ ^= state_ << 17;
  return static_cast<double>(state_ >> 11) / static_cast<double>(std::uint64_t{1} << 53);
}

AttentionSelection selection(int heads, int levels, int points) {
  AttentionSelection s;
  s.heads.resize(static_cast<std::size_t>(heads));
  std::iota(s.heads.begin(), s.heads.end(), 0);
  s.levels.resize(static_cast<std::size_t>(levels));
  std::iota(s.levels.begin(), s.levels.end(), 0);
  s.all_heads = heads;
  s.points = points;
  for (int l = 0; l < levels; ++l) s.strides.push_back(levels == 1 ? 32 : 8 << l);
  return s;
}

std::vector<SamplePoint> decoder_points(const BoxXyxy& box, const AttentionSelection& s,
                                        std::uint64_t seed) {
  Numbers numbers(seed);
  std::vector<SamplePoint> points;
  for (const int head : s.heads) {
    const double angle = 2 * std::numbers::pi * head / s.all_heads;
    for (int level = 0; level < static_cast<int>(s.strides.size()); ++level) {
      for (int point = 0; point < s.points; ++point) {
        const double reach = (point + 1) * 1.06 / s.points;
        SamplePoint p;
        p.x = (box.x0 + box.x1) / 2 +
              box.width() / 2 * (reach * std::cos(angle) + numbers.between(-0.07, 0.07));
        p.y = (box.y0 + box.y1) / 2 +
              box.height() / 2 * (reach * std::sin(angle) + numbers.between(-0.07, 0.07));
        p.weight = logit(level, 11, numbers);
        p.head = head, p.level = level, p.point = point;
        points.push_back(p);
      }
    }
  }
  normalise_heads(points, s.all_heads);
  for (SamplePoint& p : points)
    p.mean_weight =
        std::clamp(p.weight * numbers.between(0.8, 1.2) + numbers.between(-0.01, 0.01), 0.0, 1.0);
  return points;
}

std::vector<SamplePoint> encoder_points(double x, double y, const AttentionSelection& s,
                                        double pixels_per_input_pixel, std::uint64_t seed) {
  Numbers numbers(seed);
  std::vector<SamplePoint> points;
  for (const int head : s.heads) {
    const double angle = 2 * std::numbers::pi * head / s.all_heads;
    for (int level = 0; level < static_cast<int>(s.strides.size()); ++level) {
      for (int point = 0; point < s.points; ++point) {
        const double cell = s.strides[static_cast<std::size_t>(level)] * pixels_per_input_pixel;
        const double reach = (point + numbers.between(0.7, 1.3)) * cell;
        SamplePoint p;
        p.x = x + reach * std::cos(angle);
        p.y = y + reach * std::sin(angle);
        p.weight = 7 * numbers.next() * numbers.next() + (level == 3 ? 0.9 : 0);
        p.head = head, p.level = level, p.point = point;
        points.push_back(p);
      }
    }
  }
  normalise_heads(points, s.all_heads);
  for (SamplePoint& p : points) p.mean_weight = p.weight * numbers.between(0.7, 1.3);
  return points;
}

std::vector<HeatLevel> scattered(const std::vector<SamplePoint>& points,
                                 const AttentionSelection& s, int input_width, int input_height,
                                 double photo_width, double photo_height) {
  std::vector<HeatLevel> levels;
  for (std::size_t l = 0; l < s.strides.size(); ++l) {
    const int stride = s.strides[l];
    const LevelShape shape{(input_height + stride - 1) / stride,
                           (input_width + stride - 1) / stride};
    levels.push_back({static_cast<int>(l), stride, shape,
                      std::vector<double>(static_cast<std::size_t>(shape.cells()))});
  }
  for (const SamplePoint& p : points) {
    HeatLevel& level = levels[static_cast<std::size_t>(p.level)];
    const double u = p.x / level.cell_width(photo_width) - 0.5;
    const double v = p.y / level.cell_height(photo_height) - 0.5;
    for (const double column : {std::floor(u), std::floor(u) + 1}) {
      for (const double row : {std::floor(v), std::floor(v) + 1}) {
        if (column < 0 || row < 0 || column >= level.shape.width || row >= level.shape.height)
          continue;
        const double share = (1 - std::abs(u - column)) * (1 - std::abs(v - row));
        level.cells[static_cast<std::size_t>(row * level.shape.width + column)] +=
            p.weight * share / s.all_heads;
      }
    }
  }
  return levels;
}

HeatLevel dense_map(int height, int width, double photo_width, double photo_height,
                    const BoxXyxy& box, std::uint64_t seed) {
  Numbers numbers(seed);
  HeatLevel map{0, 32, {height, width}, {}};
  const double cx = (box.x0 + box.x1) / 2, cy = (box.y0 + box.y1) / 2;
  double sum = 0;
  for (int row = 0; row < height; ++row) {
    for (int column = 0; column < width; ++column) {
      const double dx = ((column + 0.5) * photo_width / width - cx) / (0.6 * box.width());
      const double dy = ((row + 0.5) * photo_height / height - cy) / (0.6 * box.height());
      map.cells.push_back(std::exp(-dx * dx - dy * dy) * numbers.next() + 0.002 * numbers.next());
      sum += map.cells.back();
    }
  }
  for (double& cell : map.cells) cell /= sum;
  return map;
}

}  // namespace saccade::synthetic
