// Sampling points on a photo panel.
#include "saccade/render/point_marks.h"

#include <algorithm>
#include <cmath>

#include "saccade/core/error.h"
#include "saccade/render/figure_text.h"

namespace saccade {
namespace {

constexpr std::size_t kMaxHeadColors = 8;

Color color_of(const SamplePoint& point, const PointStyle& style, const WeightRange& range) {
  if (style.color == PointColor::kLevel) return level_color(point.level);
  if (style.color == PointColor::kHead) return head_color(point.head);
  return range.color(shown_value(point, style));
}

bool inside(const BoxXyxy& crop, double x, double y) {
  return x >= crop.x0 && x <= crop.x1 && y >= crop.y0 && y <= crop.y1;
}

void draw_point(Canvas& canvas, const PhotoView& view, const Image& photo, const SamplePoint& point,
                const PointStyle& style, const WeightRange& range, const MarkScale& marks) {
  const double w = photo.width, h = photo.height, value = std::abs(shown_value(point, style));
  const Mark mark{
      view.to_page(point.x, point.y), marks.radius(value),
      level_shape(point.level),       level_has_dot(point.level),
      color_of(point, style, range),  weight_opacity(value, style.color != PointColor::kWeight)};
  if (!point.is_outside(w, h)) {
    if (inside(view.crop, point.x, point.y)) draw_mark(canvas, mark);
  } else if (inside(view.crop, std::clamp(point.x, 0.0, w), std::clamp(point.y, 0.0, h))) {
    draw_outside_mark(canvas, view.rect, mark, marks.hollow_lines);
  }
}

}  // namespace

double shown_value(const SamplePoint& point, const PointStyle& style) {
  return style.relative ? point.weight - point.mean_weight : point.weight;
}

WeightRange range_of(const std::vector<SamplePoint>& points, const PointStyle& style) {
  if (style.scale == WeightScale::kLog) return {WeightScale::kLog, 1, false};
  double largest = style.range;
  for (const SamplePoint& p : points) largest = std::max(largest, std::abs(shown_value(p, style)));
  return {WeightScale::kLinear, largest > 0 ? largest : 1, style.relative};
}

void draw_points(Canvas& canvas, const PhotoView& view, const Image& photo,
                 const std::vector<SamplePoint>& points, const PointStyle& style,
                 const WeightRange& range, const MarkScale& marks) {
  std::vector<const SamplePoint*> order;
  for (const SamplePoint& p : points)
    if (std::isfinite(p.x) && std::isfinite(p.y)) order.push_back(&p);
  std::stable_sort(order.begin(), order.end(), [&](const SamplePoint* a, const SamplePoint* b) {
    return std::abs(shown_value(*a, style)) < std::abs(shown_value(*b, style));
  });
  canvas.clipped(view.rect, [&] {
    for (const SamplePoint* p : order) draw_point(canvas, view, photo, *p, style, range, marks);
  });
}

std::size_t count_beyond(const std::vector<SamplePoint>& points, const BoxXyxy& crop,
                         const Image& photo) {
  return static_cast<std::size_t>(
      std::count_if(points.begin(), points.end(), [&](const SamplePoint& p) {
        const double x = std::clamp(p.x, 0.0, static_cast<double>(photo.width));
        const double y = std::clamp(p.y, 0.0, static_cast<double>(photo.height));
        return !inside(crop, x, y);
      }));
}

void check_style(const PointStyle& style, const AttentionSelection& selection) {
  if (style.color == PointColor::kHead && selection.heads.size() > kMaxHeadColors)
    throw UsageError(text_of("colour by head tells 8 heads apart, ", selection.heads.size(),
                             " are drawn; name at most 8 heads or colour by weight or level"));
  if (style.relative && (style.color != PointColor::kWeight || style.scale != WeightScale::kLinear))
    throw UsageError(
        "relative weights are drawn in diverging colours on a linear scale only; "
        "leave out colour by level or head and the log scale");
}

std::string encoding_words(const PointStyle& style, bool several_levels, bool is_query) {
  const std::string shape = several_levels ? ", shape = level" : "";
  if (style.relative)
    return text_of("colour and area = weight minus the mean pattern of the layer over the image's ",
                   is_query ? "queries" : "tokens", shape);
  if (style.color == PointColor::kWeight)
    return (style.scale == WeightScale::kLog ? "area = weight, colour = weight on a log scale"
                                             : "colour and area = weight") +
           shape;
  if (style.color == PointColor::kHead) return "colour = head" + shape + ", area = weight";
  return std::string(several_levels ? "colour and shape = level" : "colour = level") +
         ", area = weight";
}

}  // namespace saccade
