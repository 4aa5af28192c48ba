// Marks on photographs.
#include "saccade/render/marks.h"

#include <algorithm>
#include <array>
#include <cmath>
#include <numbers>

#include "saccade/core/error.h"
#include "saccade/render/text_layout.h"

namespace saccade {
namespace {

constexpr double kCasingWidth = 0.3, kOutlineWidth = 0.63;  // beyond the mark's edge
constexpr double kScaleBarText = 5.6;

// Colour of the dot inside marks of levels above 3.
Color dot_color(Color mark) { return luminance(mark) > 0.18 ? kCasing : kPaper; }

// Casing first, then the line itself.
void cased_stroke(Canvas& canvas, const PageRect& rect, const Stroke& line, double casing) {
  canvas.stroke(rect, {kCasing, line.width + casing});
  canvas.stroke(rect, line);
}

PagePoint towards(PagePoint from, PagePoint to, double length) {
  const double dx = to.x - from.x, dy = to.y - from.y, d = std::hypot(dx, dy);
  if (d == 0) return from;
  return {from.x + dx / d * length, from.y + dy / d * length};
}

}  // namespace

MarkShape level_shape(int level) {
  constexpr std::array kShapes = {MarkShape::kCircle, MarkShape::kSquare, MarkShape::kTriangle,
                                  MarkShape::kDiamond};
  return kShapes[static_cast<std::size_t>(std::max(level, 0)) % kShapes.size()];
}

Shape mark_shape(MarkShape kind, PagePoint c, double r, double offset) {
  Shape shape{kind == MarkShape::kCircle, c, r + offset, {}};
  const double area = std::numbers::pi * r * r;
  if (kind == MarkShape::kSquare) {
    const double h = std::sqrt(area) / 2 + offset;
    shape.corners = {
        {c.x - h, c.y - h}, {c.x + h, c.y - h}, {c.x + h, c.y + h}, {c.x - h, c.y + h}};
  } else if (kind == MarkShape::kDiamond) {
    const double h = std::sqrt(area / 2) + std::numbers::sqrt2 * offset;
    shape.corners = {{c.x, c.y - h}, {c.x + h, c.y}, {c.x, c.y + h}, {c.x - h, c.y}};
  } else if (kind == MarkShape::kTriangle) {
    // From the centre to a corner; half of it to a side.
    const double up = std::sqrt(4 * area / (3 * std::sqrt(3.0))) + 2 * offset;
    const double half = up * std::sqrt(3.0) / 2;
    shape.corners = {{c.x, c.y - up}, {c.x + half, c.y + up / 2}, {c.x - half, c.y + up / 2}};
  }
  return shape;
}

double MarkScale::radius(double weight) const {
  return std::max(min_radius, factor * std::sqrt(std::max(weight, 0.0)));
}

void draw_mark(Canvas& canvas, const Mark& mark) {
  const auto around = [&](double offset) {
    return mark_shape(mark.shape, mark.centre, mark.radius, offset);
  };
  const auto ring = [&](Color color, double inner, double outer) {
    canvas.stroke(around((inner + outer) / 2), {color, outer - inner, {}, false, mark.opacity});
  };
  ring(kPaper, kCasingWidth, kOutlineWidth);
  ring(kCasing, 0, kCasingWidth);
  canvas.fill(around(0), mark.color, mark.opacity);
  if (mark.dot)
    canvas.fill(mark_shape(MarkShape::kCircle, mark.centre, 0.36 * mark.radius),
                dot_color(mark.color));
}

void draw_outside_mark(Canvas& canvas, const PageRect& panel, const Mark& mark, double lines) {
  const double tick = 2.4 * lines, r = std::max(mark.radius, 1.1 * lines);
  const double inset = std::min({r + 2.6 * lines, panel.width / 2, panel.height / 2});
  const PageRect inner = panel.grown(-inset);
  const PagePoint at{std::clamp(mark.centre.x, inner.x, inner.right()),
                     std::clamp(mark.centre.y, inner.y, inner.bottom())};
  // A far point would turn every tick towards its own far corner: only the side it left by counts.
  const PagePoint border{std::clamp(mark.centre.x, panel.x - tick, panel.right() + tick),
                         std::clamp(mark.centre.y, panel.y - tick, panel.bottom() + tick)};
  const PagePoint start = towards(at, border, r), end = towards(at, border, r + tick);
  const Shape shape = mark_shape(mark.shape, at, r);
  for (const Stroke& stroke : {Stroke{kPaper, 1.9 * lines}, Stroke{kCasing, 1.25 * lines},
                               Stroke{mark.color, 0.7 * lines}}) {
    canvas.stroke(shape, stroke);
    canvas.line(start, end, stroke);
  }
  if (mark.dot) canvas.fill(mark_shape(MarkShape::kCircle, at, 0.36 * r), mark.color);
}

void draw_outside_sample(Canvas& canvas, PagePoint centre) {
  const PageRect panel{centre.x - 3.9, centre.y - 20, 40, 40};
  draw_outside_mark(canvas, panel,
                    {{centre.x - 30, centre.y}, 1.3, MarkShape::kCircle, false, kGreyMark, 1});
}

double weight_opacity(double weight, bool hue_is_category) {
  const double t = std::min(1.0, std::sqrt(std::max(weight, 0.0) / 0.25));
  return hue_is_category ? 0.75 + 0.25 * t : 0.35 + 0.65 * t;
}

void draw_cross(Canvas& canvas, PagePoint c, double arm) {
  const double a = arm / std::numbers::sqrt2, thin = std::clamp(arm / 3.4, 0.5, 1.0);
  for (const Stroke& stroke : {Stroke{kCasing, 2.5 * thin}, Stroke{kPaper, 1.3 * thin}}) {
    // The casing is longer by its border so that the ends are dark as well.
    const double reach = stroke.color == kCasing ? a + 0.45 * thin : a;
    canvas.line({c.x - reach, c.y - reach}, {c.x + reach, c.y + reach}, stroke);
    canvas.line({c.x - reach, c.y + reach}, {c.x + reach, c.y - reach}, stroke);
  }
}

void draw_selected_box(Canvas& canvas, const PageRect& box, double width) {
  const bool small = std::min(box.width, box.height) < 6;
  cased_stroke(canvas, small ? box.grown((width + 0.8) / 2) : box, {kPaper, width}, 0.8);
}

void draw_class_box(Canvas& canvas, const PageRect& box, Color color, const ClassBoxLines& lines) {
  const double widest = lines.line + std::max(lines.casing, lines.white);
  const PageRect at = std::min(box.width, box.height) < 6 ? box.grown(widest / 2) : box;
  if (lines.white > 0) canvas.stroke(at, {kPaper, lines.line + lines.white});
  canvas.stroke(at, {kCasing, lines.line + lines.casing});
  canvas.stroke(at, {color, lines.line});
}

void draw_truth_box(Canvas& canvas, const PageRect& box, Color color) {
  cased_stroke(canvas, box, {color, 0.8, {2, 1.5}}, 0.5);
}

void draw_crop_frame(Canvas& canvas, const PageRect& rect) {
  canvas.stroke(rect, {kCasing, 1.2});
  canvas.stroke(rect, {kPaper, 0.75, {2.2, 1.4}});
}

void draw_arrow(Canvas& canvas, PagePoint from, PagePoint to, Color color, double width) {
  const double length = std::hypot(to.x - from.x, to.y - from.y);
  if (length < 0.2) return;
  const double head = std::min(0.8 * length, 2.6 * width + 0.9);
  const PagePoint neck = towards(to, from, head);
  const double nx = -(to.y - from.y) / length, ny = (to.x - from.x) / length, half = 0.45 * head;
  const Shape tip{
      false,
      {},
      0,
      {to, {neck.x + nx * half, neck.y + ny * half}, {neck.x - nx * half, neck.y - ny * half}}};
  canvas.line(from, neck, {kPaper, width + 0.8});
  canvas.stroke(tip, {kPaper, 0.8, {}, true});
  canvas.line(from, neck, {color, width});
  canvas.fill(tip, color);
}

void draw_scale_bar(Canvas& canvas, const PhotoView& view) {
  const double wanted = view.crop.width() / 4;
  double length = 5;
  for (double decade = 1; decade <= 1e4; decade *= 10)
    for (const double step : {5.0, 10.0, 20.0})
      if (step * decade <= wanted) length = step * decade;
  const std::string label = text_of(length, " px");
  const double bar = length * view.scale(), words = text_width(label, kScaleBarText);
  const PageRect plate{view.rect.x + 4, view.rect.bottom() - 10, bar + words + 6, 7.5};
  canvas.fill(plate, kPaper, 0.88);
  const double y = plate.y + plate.height / 2;
  canvas.line({plate.x + 2, y}, {plate.x + 2 + bar, y}, {kInk, 1});
  canvas.text({plate.x + 4 + bar, y + 2}, label, {kScaleBarText});
}

void draw_query_dot(Canvas& canvas, PagePoint centre, double radius, Color color) {
  draw_mark(canvas, {centre, radius, MarkShape::kCircle, false, color, 1});
}

}  // namespace saccade
