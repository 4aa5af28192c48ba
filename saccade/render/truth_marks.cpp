// Annotated objects on a photograph.
#include "saccade/render/truth_marks.h"

#include <algorithm>
#include <cmath>

#include "saccade/core/error.h"
#include "saccade/core/sorted_order.h"
#include "saccade/render/figure_text.h"
#include "saccade/render/hatch.h"
#include "saccade/render/label_placement.h"
#include "saccade/render/page_layout.h"
#include "saccade/render/text_layout.h"

namespace saccade {
namespace {

constexpr std::size_t kMaxAutoLabels = 25;
constexpr double kDotRadius = 1.1, kDotGap = 2.6;

PhotoView view_of(const TruthPicture& picture, const PageRect& rect) {
  return {{0, 0, double(picture.width), double(picture.height)}, rect};
}

bool is_drawable(const BoxXyxy& box) {
  return std::isfinite(box.x0) && std::isfinite(box.y0) && std::isfinite(box.x1) &&
         std::isfinite(box.y1);
}

bool wants_label(const TruthPicture& picture, const TruthObject& object, const PhotoView& view,
                 const std::vector<ClassStyle>& classes, const TruthStyle& style) {
  if (style.labels == BoxLabels::kOff || !is_drawable(object.box)) return false;
  if (style.labels == BoxLabels::kOn || style.numbered) return true;
  const PageRect box = view.to_page(clip_box(object.box, picture.width, picture.height));
  if (std::max(box.width, box.height) < style.least_side) return false;
  return style.every_class || !classes[object.label].distinct;
}

std::string label_text(const TruthPicture& picture, const TruthObject& object, std::size_t number,
                       const std::vector<ClassStyle>& classes, const TruthStyle& style) {
  const std::string& name = classes[object.label].name;
  if (!style.numbered) return name;
  const double limit = kNumberOnlyShare * std::max(picture.width, picture.height);
  const bool tiny = std::max(object.box.width(), object.box.height()) < limit;
  return tiny ? text_of(number) : text_of(number, " ", name);
}

// Labels tell about boxes, so they must not hide any; --labels on asks for names first.
KeptInSight kept_in_sight(const TruthPicture& picture, const PhotoView& view,
                          const TruthStyle& style) {
  KeptInSight kept;
  kept.always = style.labels != BoxLabels::kOn;
  for (const TruthObject& object : picture.objects) {
    if (object.is_crowd || !is_drawable(object.box)) continue;
    const PageRect box = view.to_page(clip_box(object.box, picture.width, picture.height));
    kept.boxes.push_back(box);
    if (!object.is_narrow()) continue;
    const PagePoint dot = narrow_dot(box, view.rect);
    kept.boxes.push_back({dot.x - kDotRadius, dot.y - kDotRadius, 2 * kDotRadius, 2 * kDotRadius});
  }
  return kept;
}

void draw_object(Canvas& canvas, const TruthObject& object, const PhotoView& view, Color color,
                 const TruthStyle& style) {
  const PageRect box = view.to_page(object.box);
  if (!object.is_crowd) {
    draw_class_box(canvas, box, color, style.lines);
    return;
  }
  InsideRegion inside;
  if (object.region) {
    inside = [&](PagePoint p) {
      return object.region->at(view.crop.x0 + (p.x - view.rect.x) / view.scale(),
                               view.crop.y0 + (p.y - view.rect.y) / view.scale());
    };
  }
  const PageRect seen = view.to_page(clip_box(object.box, view.crop.x1, view.crop.y1));
  draw_hatch(canvas, seen, kRegionHatch, color, inside);
  draw_truth_box(canvas, box, color);
}

void draw_placeholder(Canvas& canvas, const TruthPicture& picture, const PageRect& rect) {
  canvas.fill(rect, kTrack);
  canvas.clipped(rect, [&] {
    double baseline = rect.y + 9;
    for (const std::string& line : wrap_text(picture.problem, rect.width - 6, kTickSize)) {
      canvas.text({rect.x + 3, baseline}, line, {kTickSize, false, kInk2});
      baseline += kTickSize + 1.6;
    }
  });
}

}  // namespace

std::size_t TruthPicture::crowd() const {
  return static_cast<std::size_t>(std::count_if(objects.begin(), objects.end(),
                                                [](const TruthObject& o) { return o.is_crowd; }));
}

std::size_t TruthPicture::boxes() const { return objects.size() - crowd(); }

std::vector<std::size_t> objects_by_area(const TruthPicture& picture) {
  // A crowd region's box holds many objects: it comes first, under all of them.
  return sorted_order(picture.objects.size(), [&](std::size_t a, std::size_t b) {
    const TruthObject &x = picture.objects[a], &y = picture.objects[b];
    if (x.is_crowd != y.is_crowd) return x.is_crowd;
    return (is_drawable(x.box) ? x.box.area() : 0) > (is_drawable(y.box) ? y.box.area() : 0);
  });
}

std::vector<TruthLabel> truth_labels(const TruthPicture& picture, const PhotoView& view,
                                     const std::vector<ClassStyle>& classes,
                                     const TruthStyle& style) {
  std::vector<TruthLabel> labels;
  std::vector<LabelRequest> requests;
  const double pad = 0.18 * style.label_size;
  // Long names may take half of a panel, in small ones more: cut short they say nothing.
  const double room = std::max(view.rect.width / 2, std::min(view.rect.width, 50.0));
  std::size_t number = 0;
  for (const std::size_t i : objects_by_area(picture)) {
    const TruthObject& object = picture.objects[i];
    ++number;
    if (!wants_label(picture, object, view, classes, style)) continue;
    if (style.labels != BoxLabels::kOn && labels.size() == kMaxAutoLabels) break;
    const std::string text =
        shorten_text(label_text(picture, object, number, classes, style), room, style.label_size);
    if (text.empty()) continue;
    labels.push_back({{}, i, text});
    requests.push_back({view.to_page(clip_box(object.box, picture.width, picture.height)),
                        text_width(text, style.label_size) + 2 * pad, style.label_height});
  }
  const auto places = place_labels(requests, view.rect, kept_in_sight(picture, view, style));
  std::vector<TruthLabel> placed;
  for (std::size_t i = 0; i < labels.size(); ++i) {
    if (!places[i]) continue;
    labels[i].place = *places[i];
    placed.push_back(labels[i]);
  }
  return placed;
}

PagePoint narrow_dot(const PageRect& box, const PageRect& panel) {
  const double edge = kDotRadius + 0.63;  // with its outline
  const double above = box.y - kDotGap, below = box.bottom() + kDotGap;
  const double y = above - edge >= panel.y ? above : below;
  const auto inside = [&](double v, double low, double high) {
    return std::clamp(v, low + edge, std::max(low + edge, high - edge));
  };
  return {inside(box.centre().x, panel.x, panel.right()), inside(y, panel.y, panel.bottom())};
}

void draw_truth_labels(Canvas& canvas, const TruthPicture& picture, const PageRect& rect,
                       const std::vector<ClassStyle>& classes, const TruthStyle& style) {
  if (!picture.is_readable()) return;
  const double pad = 0.18 * style.label_size;
  for (const TruthLabel& label : truth_labels(picture, view_of(picture, rect), classes, style)) {
    const Color bar = classes[picture.objects[label.object].label].color;
    canvas.fill(label.place, bar);
    const double baseline =
        label.place.bottom() - 0.5 * (style.label_height - 0.72 * style.label_size);
    canvas.text({label.place.x + pad, baseline}, label.text,
                {style.label_size, false, text_color_on(bar)});
  }
}

void draw_truth_boxes(Canvas& canvas, const TruthPicture& picture, const PageRect& rect,
                      const std::vector<ClassStyle>& classes, const TruthStyle& style,
                      double saturation) {
  if (!picture.is_readable()) {
    draw_placeholder(canvas, picture, rect);
    draw_panel_border(canvas, rect);
    return;
  }
  const PhotoView view = view_of(picture, rect);
  draw_photo(canvas, {{0, 0, double(picture.pixels.width), double(picture.pixels.height)}, rect},
             picture.pixels, PhotoTreatment{saturation});
  const std::vector<std::size_t> order = objects_by_area(picture);
  TruthStyle thin = style;
  if (order.size() > kMaxAutoLabels)
    thin.lines = {0.7 * style.lines.line, 0.7 * style.lines.casing, 0};
  canvas.clipped(rect, [&] {
    for (const std::size_t i : order) {
      const TruthObject& object = picture.objects[i];
      if (is_drawable(object.box))
        draw_object(canvas, object, view, classes[object.label].color, thin);
    }
    for (const std::size_t i : order) {
      const TruthObject& object = picture.objects[i];
      if (object.is_crowd || !object.is_narrow() || !is_drawable(object.box)) continue;
      draw_query_dot(canvas, narrow_dot(view.to_page(object.box), rect), kDotRadius,
                     classes[object.label].color);
    }
  });
  draw_panel_border(canvas, rect);
}

void draw_truth_picture(Canvas& canvas, const TruthPicture& picture, const PageRect& rect,
                        const std::vector<ClassStyle>& classes, const TruthStyle& style,
                        double saturation) {
  draw_truth_boxes(canvas, picture, rect, classes, style, saturation);
  draw_truth_labels(canvas, picture, rect, classes, style);
}

std::string box_count_text(std::size_t boxes, std::size_t crowd) {
  const std::string text = boxes == 1 ? "1 box" : text_of(boxes, " boxes");
  return crowd == 0 ? text : text_of(text, ", ", count_text(crowd, "crowd region"));
}

}  // namespace saccade
