// Attention as a map over the photograph.
#include "saccade/render/heat_map.h"

#include <algorithm>
#include <array>
#include <cmath>

#include "saccade/core/error.h"
#include "saccade/render/colormap.h"

namespace saccade {
namespace {

std::vector<std::size_t> cell_of_pixels(double begin, double end, int pixels, double cell,
                                        std::int64_t cells) {
  std::vector<std::size_t> all(static_cast<std::size_t>(pixels));
  for (int i = 0; i < pixels; ++i) {
    const double at = (begin + (i + 0.5) * (end - begin) / pixels) / cell;
    all[static_cast<std::size_t>(i)] =
        static_cast<std::size_t>(std::clamp(at, 0.0, static_cast<double>(cells - 1)));
  }
  return all;
}

}  // namespace

std::vector<float> heat_cells(const HeatLevel& level, double photo_width, double photo_height,
                              const BoxXyxy& crop, int width, int height) {
  const auto columns =
      cell_of_pixels(crop.x0, crop.x1, width, level.cell_width(photo_width), level.shape.width);
  const auto rows =
      cell_of_pixels(crop.y0, crop.y1, height, level.cell_height(photo_height), level.shape.height);
  std::vector<float> values;
  values.reserve(columns.size() * rows.size());
  for (const std::size_t row : rows)
    for (const std::size_t column : columns)
      values.push_back(static_cast<float>(
          level.cells[row * static_cast<std::size_t>(level.shape.width) + column]));
  return values;
}

std::vector<SamplePoint> cell_points(const HeatLevel& level, double photo_width,
                                     double photo_height) {
  const auto width = static_cast<std::size_t>(level.shape.width);
  std::vector<SamplePoint> points;
  for (std::size_t i = 0; i < level.cells.size(); ++i)
    if (level.cells[i] > 0)
      points.push_back(
          {.x = (static_cast<double>(i % width) + 0.5) * level.cell_width(photo_width),
           .y = (static_cast<double>(i / width) + 0.5) * level.cell_height(photo_height),
           .weight = level.cells[i]});
  return points;
}

void blend_heat(Image& pixels, const std::vector<float>& values, double max, bool is_signed) {
  constexpr double kMaxOpacity = 0.85, kOpacity = 1.15;
  constexpr int kSteps = 1024;
  std::array<Color, kSteps + 1> colors;
  for (int i = 0; i <= kSteps; ++i)
    colors[static_cast<std::size_t>(i)] = colormap_color(
        is_signed ? Colormap::kDifference : Colormap::kViridis, static_cast<double>(i) / kSteps);
  if (!(max > 0)) return;
  for (std::size_t i = 0; i < values.size(); ++i) {
    const double share = values[i] / max;
    const double t =
        std::clamp(is_signed ? std::abs(share) : std::sqrt(std::max(0.0, share)), 0.0, 1.0);
    const double alpha = std::min(kMaxOpacity, kOpacity * t);
    const double place = !is_signed ? t : values[i] < 0 ? (1 - t) / 2 : (1 + t) / 2;
    const Color heat = colors[static_cast<std::size_t>(place * kSteps + 0.5)];
    std::uint8_t* p = pixels.rgb.data() + 3 * i;
    const Color mixed = mix({p[0], p[1], p[2]}, heat, alpha);
    p[0] = mixed.r, p[1] = mixed.g, p[2] = mixed.b;
  }
}

void check_heat_levels(const std::vector<HeatLevel>& levels) {
  if (levels.empty()) throw Error("an attention map has no level, expected at least 1");
  for (const HeatLevel& level : levels) {
    const LevelShape& s = level.shape;
    if (s.height < 1 || s.width < 1 || level.cells.size() != static_cast<std::size_t>(s.cells()) ||
        !(level.valid_x > 0) || !(level.valid_y > 0)) {
      throw Error(text_of("level ", level.level, " of an attention map holds ", level.cells.size(),
                          " weights, expected ", s.height, " x ", s.width));
    }
  }
}

}  // namespace saccade
