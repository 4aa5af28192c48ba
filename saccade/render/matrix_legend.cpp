// What the colours, the hatching and the blanks of a matrix mean.
#include "saccade/render/matrix_legend.h"

#include <algorithm>
#include <cmath>
#include <string>
#include <vector>

#include "saccade/core/error.h"
#include "saccade/render/figure_text.h"
#include "saccade/render/hatch.h"
#include "saccade/render/matrix_numbers.h"
#include "saccade/render/page_layout.h"
#include "saccade/render/text_layout.h"

namespace saccade {
namespace {

constexpr double kBarWidth = 96, kSwatch = 11, kSwatchGap = 3.2;

// Without decimals that say nothing: "+1.5", "+3".
std::string range_tick(double value) {
  int digits = 0;
  while (digits < 2 && std::abs(std::remainder(value * std::pow(10, digits), 1)) > 1e-6) ++digits;
  return change_text(value, digits);
}

struct Swatch {
  std::string words;
  bool hatched = false;
};

std::vector<Swatch> swatches_of(const MatrixFigure& f) {
  const auto any = [&](const auto& is) { return std::any_of(f.cells.begin(), f.cells.end(), is); };
  std::vector<Swatch> swatches;
  if (any([](const MatrixCell& c) { return is_measured(c) && !c.is_significant; })) {
    const std::string level = f.tested_at > 0 ? text_of(" at ", f.tested_at) : "";
    swatches.push_back({"not significant" + level, true});
  }
  if (any([](const MatrixCell& c) { return !is_measured(c); }))
    swatches.push_back({"not measured"});
  return swatches;
}

// One below the other; returns the lower end.
double draw_swatches(Canvas& canvas, const std::vector<Swatch>& swatches, PagePoint at) {
  for (const Swatch& s : swatches) {
    const PageRect rect{at.x, at.y - 1, kSwatch, 7};
    if (s.hatched) draw_fine_hatch(canvas, rect);
    canvas.stroke(rect, {kHair, 0.4});
    if (!s.hatched)
      canvas.text({rect.centre().x, at.y + 4.6}, "\u2013",
                  {kLegendSize, false, kInk2, TextAlign::kCentre});
    canvas.text({rect.right() + kSwatchGap, at.y + 4.9}, s.words, {kLegendSize});
    at.y += 9.4;
  }
  return at.y;
}

PageRect draw_color_bar(Canvas& canvas, const MatrixFigure& f, double max, double left, double y) {
  const double tick = text_width(range_tick(-max), kTickSize) / 2;
  const double words = canvas.text({kMargin, y + 4.9}, f.measure, {kLegendSize});
  // Under the cells, but not so far to the right that there is no room for the swatches.
  const double first = kMargin + words + 3 + tick;
  const PageRect bar{std::max(first, std::min(left, kMargin + 36)), y, kBarWidth, 5};
  canvas.color_strip(bar, Colormap::kDifference);
  canvas.stroke(bar, {kInk, 0.3});
  for (const double share : {-1.0, -0.5, 0.0, 0.5, 1.0}) {
    const double x = bar.x + (0.5 + share / 2) * bar.width;
    canvas.line({x, bar.bottom()}, {x, bar.bottom() + 1.8}, {kInk, 0.3});
    canvas.text({x, bar.bottom() + 7.4}, range_tick(share * max),
                {kTickSize, false, kInk2, TextAlign::kCentre});
  }
  return bar;
}

}  // namespace

double draw_matrix_legend(Canvas& canvas, const MatrixFigure& f, const WeightRange& range,
                          double left, double y) {
  const PageRect bar = draw_color_bar(canvas, f, range.max, left, y);
  const std::vector<Swatch> swatches = swatches_of(f);
  double widest = 0;
  for (const Swatch& s : swatches) widest = std::max(widest, text_width(s.words, kLegendSize));
  const double x = bar.right() + 16, end = bar.bottom() + 9.6;
  if (x + kSwatch + kSwatchGap + widest > canvas.width() - kMargin)
    return draw_swatches(canvas, swatches, {kMargin, end + 2});
  return std::max(end, draw_swatches(canvas, swatches, {x, y}) - 2);
}

}  // namespace saccade
