// Hatching of regions.
#include "saccade/render/hatch.h"

#include <algorithm>
#include <cmath>

namespace saccade {
namespace {

constexpr double kStep = 0.3;  // between samples of `inside`, measured along x
constexpr double kMaxLines = 4000;

}  // namespace

std::vector<std::pair<PagePoint, PagePoint>> hatch_lines(const PageRect& rect, double spacing,
                                                         const InsideRegion& inside) {
  std::vector<std::pair<PagePoint, PagePoint>> pieces;
  const double first = std::ceil((rect.x + rect.y) / spacing);
  const double last = std::floor((rect.right() + rect.bottom()) / spacing);
  if (!(last - first < kMaxLines)) return pieces;  // also where the rectangle is no number
  for (double n = first; n <= last; ++n) {
    const double sum = n * spacing;
    const double from = std::max(rect.x, sum - rect.bottom());
    const double to = std::min(rect.right(), sum - rect.y);
    const auto add = [&](double a, double b) {
      if (b > a) pieces.push_back({{a, sum - a}, {b, sum - b}});
    };
    if (!inside) {
      add(from, to);
      continue;
    }
    double start = from;
    bool was_inside = false;
    for (double x = from; x <= to; x += kStep) {
      const bool is_inside = inside({x, sum - x});
      if (is_inside && !was_inside) start = x;
      if (!is_inside && was_inside) add(start, x);
      was_inside = is_inside;
    }
    if (was_inside) add(start, to);
  }
  return pieces;
}

void draw_hatch(Canvas& canvas, const PageRect& rect, double spacing, Color color,
                const InsideRegion& inside) {
  if (canvas.measuring()) return;
  const auto pieces = hatch_lines(rect, spacing, inside);
  for (const auto& [from, to] : pieces) canvas.line(from, to, {kCasing, 0.95, {}, false, 0.75});
  for (const auto& [from, to] : pieces) canvas.line(from, to, {color, 0.5});
}

void draw_fine_hatch(Canvas& canvas, const PageRect& rect) {
  constexpr double kSpacing = 3.2;
  if (canvas.measuring()) return;
  for (const auto& [from, to] : hatch_lines(rect, kSpacing, nullptr))
    canvas.line(from, to, {kInk2, 0.3, {}, false, 0.8});
}

}  // namespace saccade
