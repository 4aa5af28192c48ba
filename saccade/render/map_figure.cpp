// Maps of what a detection is due to.
#include "saccade/render/map_figure.h"

#include <algorithm>
#include <cmath>
#include <optional>

#include "saccade/core/error.h"
#include "saccade/render/figure_text.h"
#include "saccade/render/heat_map.h"
#include "saccade/render/marks.h"

namespace saccade {
namespace {

constexpr double kHeadingHeight = 8, kBarHeight = 5, kUnderBar = 21;

// The largest length of a value, leaving 0.1 % of the pixels above it: one pixel would else decide the range.
double range_of(const MapPanel& panel) {
  std::vector<double> lengths(panel.values.size());
  std::transform(panel.values.begin(), panel.values.end(), lengths.begin(),
                 [](double value) { return std::abs(value); });
  const auto last = lengths.begin() + static_cast<std::ptrdiff_t>(0.999 * (lengths.size() - 1.0));
  std::nth_element(lengths.begin(), last, lengths.end());
  return *last > 0 ? *last : *std::max_element(lengths.begin(), lengths.end());
}

// Ranges of the panels, and what is shown larger beside the whole photo, the same on both passes over the page.
struct MapPlan {
  std::vector<double> ranges;
  std::optional<BoxXyxy> zoom;
};

// A square of three times the box around it, where that shows what the whole photo does not.
std::optional<BoxXyxy> zoom_of(const MapFigure& figure) {
  constexpr double kTimes = 3, kSmallest = 48, kLargest = 0.4;
  const Image& photo = *figure.photo.image;
  const double w = photo.width, h = photo.height;
  const BoxXyxy box = clip_box(figure.query.box, w, h);
  const double side =
      std::min({std::max(kSmallest, kTimes * std::max(box.width(), box.height())), w, h});
  const BoxXyxy crop = square_around(box, side, w, h);
  if (side > kLargest * w || !zoom_is_useful(crop, box, w, h)) return std::nullopt;
  return crop;
}

// The values where the panel has pixels, bilinear.
std::vector<float> sampled(const MapPanel& panel, const Image& photo, const BoxXyxy& crop,
                           int width, int height) {
  const HeatLevel pixels{.shape = {photo.height, photo.width}, .cells = panel.values};
  return heat_density({pixels}, photo.width, photo.height, crop, width, height);
}

void draw_panel_photo(Canvas& canvas, const MapFigure& figure, const MapPanel& panel,
                      const PhotoView& view, double range) {
  const Image& photo = *figure.photo.image;
  draw_photo(canvas, view, photo, under_marks(photo, kPhotoUnderHeat), [&](Image& pixels) {
    blend_heat(pixels, sampled(panel, photo, view.crop, pixels.width, pixels.height), range,
               panel.is_signed);
  });
  canvas.clipped(view.rect, [&] {
    draw_selected_box(canvas, view.to_page(figure.query.box), view.rect.width > 150 ? 1.0 : 0.7);
  });
  draw_panel_border(canvas, view.rect);
}

// Two digits that tell something.
std::string bar_number(double value) {
  if (value == 0) return "0";
  const int digits = static_cast<int>(1 - std::floor(std::log10(std::abs(value))));
  return number_text(value, std::clamp(digits, 0, 8));
}

// The unit above, numbers below where their colours stand: blend_heat's root, or signed values in proportion.
void draw_bar(Canvas& canvas, PagePoint at, double width, const MapPanel& panel, double range) {
  canvas.text({at.x, at.y + 6}, panel.unit, {kTickSize, false, kInk2});
  const PageRect bar{at.x, at.y + 8.4, width, kBarHeight};
  canvas.color_strip(bar, panel.is_signed ? Colormap::kDifference : Colormap::kViridis);
  canvas.stroke(bar, {kInk, 0.3});
  for (const double t : {-1.0, -0.5, 0.0, 0.5, 1.0}) {
    if (t < 0 && !panel.is_signed) continue;
    const double x = bar.x + bar.width * (panel.is_signed ? (t + 1) / 2 : t);
    const bool first = x<bar.x + 1, last = x> bar.right() - 1;
    canvas.line({x, bar.bottom()}, {x, bar.bottom() + 1.6}, {kInk, 0.3});
    canvas.text({x, bar.bottom() + 7.2}, bar_number((panel.is_signed ? t : t * t) * range),
                {kTickSize, false, kInk2,
                 first  ? TextAlign::kLeft
                 : last ? TextAlign::kRight
                        : TextAlign::kCentre});
  }
}

std::string caption_of(const MapFigure& figure, const MapPlan& plan) {
  std::string text = text_of("What ", query_words(figure.query), " is due to, method ",
                             figure.method, ". ", figure.meaning, " Colour and opacity rise ");
  text += figure.panels.front().is_signed ? "in proportion to the length" : "with the square root";
  if (figure.panels.size() > 1) text += ", each map on a range of its own";
  text += "; 0.1 % of the pixels may exceed a range. White: the predicted box. ";
  if (plan.zoom) text += text_of("Crop ", std::lround(plan.zoom->width()), " px wide. ");
  text += specific_words(figure.query_specific, true, " over these layers");
  text += figure.trust.empty() ? "How far such maps can be trusted: saccade faith. "
                               : figure.trust + " ";
  if (!figure.query.note.empty()) text += figure.query.note + " ";
  return text + caption_end(figure.photo);
}

// The whole photo and the crop, equally high; returns the lower end.
double draw_pair(Canvas& canvas, const MapFigure& figure, std::size_t i, const MapPlan& plan,
                 double y) {
  const Image& photo = *figure.photo.image;
  const double aspect = static_cast<double>(photo.width) / photo.height;
  const double height = (canvas.width() - 2 * kMargin - kPanelGap) / (aspect + 1);
  const PhotoView whole = whole_photo(photo, kMargin, y, aspect * height);
  const PhotoView crop{
      *plan.zoom,
      {canvas.width() - kMargin - whole.rect.height, y, whole.rect.height, whole.rect.height}};
  for (const PhotoView& view : {whole, crop})
    draw_panel_photo(canvas, figure, figure.panels[i], view, plan.ranges[i]);
  canvas.clipped(whole.rect, [&] { draw_crop_frame(canvas, whole.to_page(*plan.zoom)); });
  return whole.rect.bottom();
}

double draw_page(Canvas& canvas, const MapFigure& figure, const MapPlan& plan) {
  double y = draw_title(canvas, query_title(figure.query), "map \u00B7 " + figure.method);
  const std::size_t columns = !plan.zoom && figure.panels.size() > 1 ? 2 : 1;
  const double gap = 1.5 * kPanelGap, all = canvas.width() - 2 * kMargin;
  const double width =
      (all - static_cast<double>(columns - 1) * gap) / static_cast<double>(columns);
  for (std::size_t i = 0; i < figure.panels.size(); ++i) {
    const double x = kMargin + static_cast<double>(i % columns) * (width + gap);
    draw_heading(canvas, x, y + 6, width, figure.panels[i].heading);
    double bottom = 0;
    if (plan.zoom) {
      bottom = draw_pair(canvas, figure, i, plan, y + kHeadingHeight);
    } else {
      const PhotoView view = whole_photo(*figure.photo.image, x, y + kHeadingHeight, width);
      draw_panel_photo(canvas, figure, figure.panels[i], view, plan.ranges[i]);
      bottom = view.rect.bottom();
    }
    draw_bar(canvas, {x, bottom + 1}, width, figure.panels[i], plan.ranges[i]);
    if (i % columns == columns - 1 || i + 1 == figure.panels.size()) y = bottom + kUnderBar + 4;
  }
  return draw_caption(canvas, y, caption_of(figure, plan));
}

}  // namespace

void draw_map_figure(const MapFigure& figure, const std::filesystem::path& out,
                     const FigureRecord& record) {
  const Image& photo = *figure.photo.image;
  MapPlan plan{.ranges = {}, .zoom = zoom_of(figure)};
  if (figure.panels.empty()) throw Error("a figure of maps has no panel, expected at least 1");
  for (const MapPanel& panel : figure.panels) {
    const auto pixels = static_cast<std::size_t>(photo.width) * photo.height;
    if (panel.values.size() != pixels)
      throw Error(text_of("a map holds ", panel.values.size(), " values, its photograph has ",
                          photo.width, " x ", photo.height, " pixels"));
    plan.ranges.push_back(range_of(panel));
  }
  const double dpi = page_dpi(photo.width, kColumnWidth - 2 * kMargin);
  write_page(out, kColumnWidth, dpi, record,
             [&](Canvas& canvas) { return draw_page(canvas, figure, plan); });
}

}  // namespace saccade
