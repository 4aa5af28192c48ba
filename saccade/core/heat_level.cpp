// The density of maps over cells.
#include "saccade/core/heat_level.h"

#include <algorithm>
#include <cmath>
#include <numeric>

namespace saccade {
namespace {

// Between which two cells a pixel lies; beyond the first or last centre both are that cell.
struct Between {
  std::size_t low = 0, high = 0;
  float share = 0;  // of `high`
};

std::vector<Between> between_centres(double begin, double end, int pixels, double cell,
                                     std::int64_t cells) {
  std::vector<Between> all(static_cast<std::size_t>(pixels));
  for (int i = 0; i < pixels; ++i) {
    const double at = (begin + (i + 0.5) * (end - begin) / pixels) / cell - 0.5;
    const double inside = std::clamp(at, 0.0, static_cast<double>(cells - 1));
    const auto low = static_cast<std::size_t>(inside);
    const std::size_t high = std::min(low + 1, static_cast<std::size_t>(cells - 1));
    all[static_cast<std::size_t>(i)] = {low, high,
                                        static_cast<float>(inside - static_cast<double>(low))};
  }
  return all;
}

}  // namespace

double HeatLevel::sum() const { return std::accumulate(cells.begin(), cells.end(), 0.0); }

std::vector<float> heat_density(const std::vector<HeatLevel>& levels, double photo_width,
                                double photo_height, const BoxXyxy& crop, int width, int height) {
  std::vector<float> values(static_cast<std::size_t>(width) * height, 0.0F);
  for (const HeatLevel& level : levels) {
    const double cell_w = level.cell_width(photo_width), cell_h = level.cell_height(photo_height);
    const auto columns = between_centres(crop.x0, crop.x1, width, cell_w, level.shape.width);
    const auto rows = between_centres(crop.y0, crop.y1, height, cell_h, level.shape.height);
    const double per_pixel = 1 / (cell_w * cell_h);
    const auto stride = static_cast<std::size_t>(level.shape.width);
    float* out = values.data();
    for (const Between& row : rows) {
      const double* upper = level.cells.data() + row.low * stride;
      const double* lower = level.cells.data() + row.high * stride;
      for (const Between& column : columns) {
        const double top = std::lerp(upper[column.low], upper[column.high], column.share);
        const double bottom = std::lerp(lower[column.low], lower[column.high], column.share);
        *out++ += static_cast<float>(std::lerp(top, bottom, row.share) * per_pixel);
      }
    }
  }
  return values;
}

}  // namespace saccade
