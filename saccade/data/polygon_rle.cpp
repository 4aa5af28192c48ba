// Polygons to run lengths, with pycocotools' pixels (evaluation.md 4.8): edges are walked on a grid
// five times finer than the pixels, and a column's pixels change where the walk crosses its centre.
#include <algorithm>
#include <cmath>
#include <cstdlib>

#include "saccade/core/error.h"
#include "saccade/data/mask_rle.h"

namespace saccade {
namespace {

constexpr double kScale = 5;                     // grid cells a pixel
constexpr double kMaxCoordinate = 1e8;           // pixels; beyond it lies no image
constexpr std::int64_t kMaxSteps = 200'000'000;  // of the walks around a mask's polygons

struct GridPoint {
  int x = 0, y = 0;
};

std::vector<GridPoint> grid_ring(const std::vector<double>& polygon) {
  if (polygon.size() % 2 != 0)
    throw Error(text_of("a polygon has ", polygon.size(), " numbers, expected x and y in pairs"));
  std::vector<GridPoint> ring;
  for (std::size_t i = 0; i + 1 < polygon.size(); i += 2) {
    const double x = polygon[i], y = polygon[i + 1];
    if (!(std::abs(x) <= kMaxCoordinate && std::abs(y) <= kMaxCoordinate))
      throw Error(text_of("point ", i / 2, " of a polygon is (", x, ", ", y, ")"));
    ring.push_back({static_cast<int>(kScale * x + 0.5), static_cast<int>(kScale * y + 0.5)});
  }
  if (!ring.empty()) ring.push_back(ring.front());
  return ring;
}

std::int64_t steps_of(GridPoint from, GridPoint to) {
  return std::max(std::abs(to.x - from.x), std::abs(to.y - from.y)) + std::int64_t{1};
}

// Calls visit for the grid points from one corner to the next, both included. They are computed from
// the smaller end of the longer axis, whichever way the edge runs.
template <typename Visit>
void walk_edge(GridPoint from, GridPoint to, const Visit& visit) {
  const int dx = std::abs(to.x - from.x), dy = std::abs(to.y - from.y);
  const bool along_x = dx >= dy;
  const bool backwards = along_x ? from.x > to.x : from.y > to.y;
  const GridPoint start = backwards ? to : from, end = backwards ? from : to;
  const int length = std::max(dx, dy);
  const double rise = along_x ? end.y - start.y : end.x - start.x;
  const double slope = length == 0 ? 0.0 : rise / length;
  for (int step = 0; step <= length; ++step) {
    const int t = backwards ? length - step : step;
    if (along_x) {
      visit(GridPoint{start.x + t, static_cast<int>(start.y + slope * t + 0.5)});
    } else {
      visit(GridPoint{static_cast<int>(start.x + slope * t + 0.5), start.y + t});
    }
  }
}

// Indices of pixels where the mask changes between background and foreground.
class Crossings {
 public:
  Crossings(int width, int height) : width_(width), height_(height) {}

  void visit(GridPoint point) {
    if (started_ && point.x != last_.x) cross(point);
    last_ = point;
    started_ = true;
  }

  std::vector<std::int64_t> take() { return std::move(places_); }

 private:
  void cross(GridPoint point) {
    const int smaller_x = point.x < last_.x ? point.x : point.x - 1;
    const double x = (smaller_x + 0.5) / kScale - 0.5;
    if (std::floor(x) != x || x < 0 || x > width_ - 1) return;
    const double y = (std::min(point.y, last_.y) + 0.5) / kScale - 0.5;
    const double row = std::ceil(std::clamp(y, 0.0, static_cast<double>(height_)));
    places_.push_back(static_cast<std::int64_t>(x) * height_ + static_cast<std::int64_t>(row));
  }

  int width_, height_;
  bool started_ = false;
  GridPoint last_;
  std::vector<std::int64_t> places_;
};

MaskRle mask_of_changes(std::vector<std::int64_t> places, int width, int height) {
  std::sort(places.begin(), places.end());
  MaskRle mask{width, height, {}};
  const std::int64_t pixels = static_cast<std::int64_t>(width) * height;
  std::int64_t last = 0;
  for (std::size_t i = 0; i < places.size(); ++i) {
    if (i + 1 < places.size() && places[i] == places[i + 1]) {
      ++i;  // changes twice: not at all
      continue;
    }
    if (places[i] >= pixels) break;
    mask.counts.push_back(static_cast<std::uint32_t>(places[i] - last));
    last = places[i];
  }
  mask.counts.push_back(static_cast<std::uint32_t>(pixels - last));
  return mask;
}

// `steps` is what the walks around the mask's polygons took so far.
MaskRle mask_from_polygon(const std::vector<double>& polygon, int width, int height,
                          std::int64_t& steps) {
  const std::vector<GridPoint> ring = grid_ring(polygon);
  for (std::size_t i = 0; i + 1 < ring.size(); ++i) steps += steps_of(ring[i], ring[i + 1]);
  if (steps > kMaxSteps)
    throw Error(text_of("the outline of its polygons is ", steps / 5, " pixels long; at most ",
                        kMaxSteps / 5, " are possible"));
  Crossings crossings(width, height);
  for (std::size_t i = 0; i + 1 < ring.size(); ++i) {
    walk_edge(ring[i], ring[i + 1], [&](GridPoint point) { crossings.visit(point); });
  }
  return mask_of_changes(crossings.take(), width, height);
}

}  // namespace

MaskRle mask_from_polygons(std::span<const std::vector<double>> polygons, int width, int height) {
  check_mask_size(width, height);
  MaskRle mask = mask_of_changes({}, width, height);
  std::int64_t steps = 0;
  for (const auto& polygon : polygons) {
    mask = mask_union(mask, mask_from_polygon(polygon, width, height, steps));
  }
  return mask;
}

}  // namespace saccade
