// The distributions in a data set's picture.
#include "saccade/render/dataset_plots.h"

#include <algorithm>
#include <cmath>

#include "saccade/core/error.h"
#include "saccade/render/axes.h"
#include "saccade/render/figure_text.h"
#include "saccade/render/page_layout.h"
#include "saccade/render/text_layout.h"

namespace saccade {
namespace {

constexpr double kHeadingRoom = 13;
constexpr Color kBarColor = Color::hex(0x0072B2);

// The plot inside `rect`, below its heading.
PageRect plot_area(const PageRect& rect, const Axis& y) {
  const double room = y_label_room(y);
  return {rect.x + room, rect.y + kHeadingRoom, rect.width - room - 2,
          rect.height - kHeadingRoom - kXTitleRoom};
}

void draw_histogram(Canvas& canvas, const PageRect& rect, std::string_view heading,
                    std::string_view note, std::string_view x_title, const Axis& x,
                    const Histogram& histogram) {
  draw_heading(canvas, rect.x, rect.y + 7, rect.width, heading, note);
  const auto most = std::max_element(histogram.counts.begin(), histogram.counts.end());
  Plot plot;
  plot.x = x;
  plot.y =
      linear_axis(0, most == histogram.counts.end() ? 1 : std::max(1.0, double(*most)), 3, true);
  plot.area = plot_area(rect, plot.y);
  draw_axes(canvas, plot, x_title);
  draw_bars(canvas, plot, histogram.edges, histogram.counts, kBarColor);
}

// Images by their number of boxes: one bar a number, or bars of equal whole widths.
Histogram boxes_histogram(const DatasetStats& stats) {
  const std::int64_t most =
      stats.images_by_boxes.empty() ? 0 : stats.images_by_boxes.rbegin()->first;
  const double width = most < 40 ? 1 : std::max(2.0, nice_step(double(most), 20));
  Histogram histogram;
  const auto bins = static_cast<std::size_t>(double(most) / width) + 1;
  for (std::size_t i = 0; i <= bins; ++i) histogram.edges.push_back(double(i) * width);
  histogram.counts.resize(bins);
  for (const auto& [boxes, images] : stats.images_by_boxes)
    histogram.counts[static_cast<std::size_t>(double(boxes) / width)] += images;
  return histogram;
}

// Smallest part of the edges that holds every count, plus one empty bin on each side.
std::pair<double, double> used_range(const Histogram& h) {
  std::size_t first = 0, last = h.counts.size();
  while (first + 1 < last && h.counts[first] == 0) ++first;
  while (last > first + 1 && h.counts[last - 1] == 0) --last;
  return {h.edges[first > 0 ? first - 1 : 0], h.edges[std::min(last + 1, h.edges.size() - 1)]};
}

Histogram within(const Histogram& h, double low, double high) {
  Histogram out;
  for (std::size_t i = 0; i < h.counts.size(); ++i) {
    if (h.edges[i] < low * 0.999 || h.edges[i + 1] > high * 1.001) continue;
    if (out.edges.empty()) out.edges.push_back(h.edges[i]);
    out.edges.push_back(h.edges[i + 1]);
    out.counts.push_back(h.counts[i]);
  }
  return out;
}

// 1/4, 1, 4: ratios read better than decimals.
std::string ratio_text(double ratio) {
  return ratio < 1 ? text_of("1/", std::lround(1 / ratio)) : text_of(std::lround(ratio));
}

// A line of equal area across the plot of sides, named at its upper end.
void draw_area_line(Canvas& canvas, const Plot& plot, double side) {
  const double low = std::max(plot.x.min, side * side / plot.y.max);
  const double high = std::min(plot.x.max, side * side / plot.y.min);
  if (low >= high) return;
  const PagePoint a = plot.at(low, side * side / low), b = plot.at(high, side * side / high);
  canvas.line(a, b, {kInk, 0.5, {1.6, 1.2}});
  const std::string name = text_of(side, "²");
  const double wide = text_width(name, kTickSize);
  // Below the line's end: the line rises to the left, away from the words.
  // Where the plot ends there, further left by what the line falls on that way.
  const double wanted = b.y + 8, baseline = std::min(wanted, plot.area.bottom() - 1.5);
  const double fall = (b.y - a.y) / std::max(1e-6, b.x - a.x);
  const double right = b.x - 0.8 - (wanted - baseline) / std::max(0.2, fall);
  canvas.fill(PageRect{right - wide - 0.7, baseline - 4.9, wide + 1.5, 6}, kPaper, 0.8);
  canvas.text({right, baseline}, name, {kTickSize, false, kInk, TextAlign::kRight});
}

// Sides up to the first power of four beyond the largest box.
double largest_side(const SideHistogram& sides) {
  std::size_t last = 0;
  for (std::size_t i = 0; i < sides.counts.size(); ++i)
    if (sides.counts[i] > 0) last = std::max({last, i / sides.columns(), i % sides.columns()});
  return std::clamp(sides.edges[last + 1], 128.0, sides.edges.back());
}

void draw_cells(Canvas& canvas, const Plot& plot, const SideHistogram& sides, std::int64_t most) {
  for (std::size_t i = 0; i < sides.counts.size(); ++i) {
    if (sides.counts[i] == 0) continue;
    const std::size_t row = i / sides.columns(), column = i % sides.columns();
    const PagePoint a = plot.at(sides.edges[column], sides.edges[row + 1]);
    const PagePoint b = plot.at(sides.edges[column + 1], sides.edges[row]);
    const double t = most <= 1 ? 1 : std::log(double(sides.counts[i])) / std::log(double(most));
    canvas.fill(PageRect{a.x, a.y, b.x - a.x, b.y - a.y},
                colormap_color(Colormap::kCividis, 1 - t));
  }
}

// "1 [strip] 57 boxes" at the right of the heading; few boxes are light, many dark.
void draw_count_strip(Canvas& canvas, const PageRect& rect, std::int64_t most) {
  const std::string words = most == 1 ? "1 box" : text_of(most, " boxes");
  const double baseline = rect.y + 7;
  canvas.text({rect.right(), baseline}, words, {kTickSize, false, kInk2, TextAlign::kRight});
  if (most <= 1) return;
  const double end = rect.right() - text_width(words, kTickSize) - 2;
  for (int i = 0; i < 12; ++i)
    canvas.fill(PageRect{end - 24 + 2.0 * i, baseline - 4.2, 2.05, 4.2},
                colormap_color(Colormap::kCividis, 1 - i / 11.0));
  canvas.text({end - 26, baseline}, "1", {kTickSize, false, kInk2, TextAlign::kRight});
}

}  // namespace

void draw_boxes_per_image(Canvas& canvas, const DatasetStats& stats, const PageRect& rect) {
  const Histogram histogram = boxes_histogram(stats);
  Axis x{0, histogram.edges.back(), false, {}};
  const double width = histogram.edges[1] - histogram.edges[0];
  const double step = std::max(1.0, nice_step(x.max, 4));
  // A bar of one number stands over it.
  const double shift = width == 1 ? 0.5 : 0;
  for (double v = 0; v + shift <= x.max; v += step) x.ticks.push_back({v + shift, tick_text(v)});
  draw_histogram(canvas, rect, "images", text_of("median ", tick_text(stats.median_boxes)),
                 "boxes in the image", x, histogram);
}

void draw_aspect_plot(Canvas& canvas, const DatasetStats& stats, const PageRect& rect) {
  auto [low, high] = used_range(stats.aspect);
  low = std::min(low, 0.25), high = std::max(high, 4.0);
  Axis x = log_axis(low, high, rect.width > 150 ? 2 : 4);
  for (AxisTick& tick : x.ticks) tick.label = ratio_text(tick.value);
  draw_histogram(canvas, rect, "boxes", text_of("median ", number_text(stats.median_aspect, 2)),
                 "width / height", x, within(stats.aspect, low, high));
}

void draw_relative_plot(Canvas& canvas, const DatasetStats& stats, const PageRect& rect) {
  const double low = std::min(used_range(stats.relative).first, 1.0 / 16);
  Axis x = log_axis(low, 1, 4);
  for (AxisTick& tick : x.ticks) tick.label = ratio_text(tick.value);
  draw_histogram(canvas, rect, "boxes",
                 text_of("median ", number_text(std::sqrt(stats.median_share), 2)),
                 "side / side of the image", x, within(stats.relative, low, 1));
}

void draw_sides_plot(Canvas& canvas, const DatasetStats& stats, const PageRect& rect) {
  const std::int64_t most = *std::max_element(stats.sides.counts.begin(), stats.sides.counts.end());
  draw_heading(canvas, rect.x, rect.y + 7, rect.width, "box height");
  if (most > 0) draw_count_strip(canvas, rect, most);
  Plot plot;
  const double largest = largest_side(stats.sides);
  plot.x = plot.y = log_axis(1, largest, 4);
  plot.area = plot_area(rect, plot.y);
  draw_axes(canvas, plot, "box width (px)", true);
  draw_cells(canvas, plot, stats.sides, most);
  draw_area_line(canvas, plot, 32);
  draw_area_line(canvas, plot, 96);
}

void draw_image_sizes(Canvas& canvas, const DatasetStats& stats, const PageRect& rect) {
  double width = 1, height = 1;
  std::int64_t most = 0;
  std::pair<int, int> common;
  for (const auto& [size, images] : stats.image_sizes) {
    width = std::max(width, double(size.first)), height = std::max(height, double(size.second));
    if (images > most) most = images, common = size;
  }
  draw_heading(canvas, rect.x, rect.y + 7, rect.width, "image height (px)",
               most == 0 ? std::string()
                         : text_of(common.first, " x ", common.second, ": ",
                                   count_text(static_cast<std::size_t>(most), "image")));
  Plot plot;
  plot.x = linear_axis(0, 1.05 * width, 4), plot.y = linear_axis(0, 1.05 * height, 4);
  plot.area = plot_area(rect, plot.y);
  draw_axes(canvas, plot, "image width (px)", true);
  for (const auto& [size, images] : stats.image_sizes) {
    const double r = std::max(0.7, 4.5 * std::sqrt(double(images) / double(most)));
    const Shape dot{true, plot.at(size.first, size.second), r, {}};
    canvas.fill(dot, kBarColor, 0.45);
    canvas.stroke(dot, {kBarColor, 0.4});
  }
}

}  // namespace saccade
