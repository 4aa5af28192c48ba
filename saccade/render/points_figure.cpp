// The sampling points of one query or token.
#include "saccade/render/points_figure.h"

#include <algorithm>
#include <cmath>

#include "saccade/core/error.h"
#include "saccade/render/figure_text.h"
#include "saccade/render/legends.h"
#include "saccade/render/point_marks.h"
#include "saccade/render/point_sums.h"

namespace saccade {
namespace {

constexpr double kZoomSide = 138, kZoomShare = 0.98;
constexpr double kMinBoxInStrip = 14;  // smaller boxes: no points in the strip

bool has_hollow(const std::vector<SamplePoint>& points, const Image& photo) {
  return std::any_of(points.begin(), points.end(),
                     [&](const SamplePoint& p) { return p.is_outside(photo.width, photo.height); });
}

// What colour and size mean: a bar, the heads, or sizes alone. Returns the lower end.
double draw_encoding(Canvas& canvas, PagePoint at, double width, const PointStyle& style,
                     const AttentionSelection& selection, const WeightRange& range,
                     const MarkScale& marks) {
  if (style.color == PointColor::kWeight) {
    const char* heading = style.relative ? "weight \u2212 mean pattern" : "attention weight";
    return draw_weight_bar(canvas, at, width, heading, range, selection, marks) + 2;
  }
  double y = at.y;
  if (style.color == PointColor::kHead)
    y = draw_head_legend(canvas, {at.x, y}, width, selection.heads) + 2.5;
  return draw_size_legend(canvas, {at.x, y}, "weight (area)", marks, selection) + 2.5;
}

double draw_query_specific(Canvas& canvas, PagePoint at, const QuerySpecific& part) {
  if (std::isnan(part.weights)) return at.y;
  canvas.text({at.x, at.y + 6}, "query-specific part", {kLegendSize});
  double y = at.y + 6;
  const auto row = [&](const char* words, double share) {
    if (std::isnan(share)) return;
    y += 7.6;
    const double wide = canvas.text({at.x, y}, words, {kLegendSize});
    canvas.text({at.x + wide, y}, own_part_text(share), {kLegendSize, true});
  };
  row("of weights ", part.weights);
  row("of offsets ", part.offsets);
  return y + 2.9;
}

double draw_levels(Canvas& canvas, PagePoint at, double width, const PointsFigure& figure) {
  if (figure.selection.strides.size() < 2) return at.y;
  const auto shares = level_shares(figure.points, figure.selection.strides.size());
  return draw_level_legend(canvas, at, width, figure.selection, shares,
                           figure.style.color == PointColor::kLevel) +
         2.5;
}

double draw_symbols(Canvas& canvas, PagePoint at, const PointsFigure& figure) {
  double y = draw_query_specific(canvas, at, figure.query_specific) + 1.5;
  y = draw_cross_row(canvas, {at.x, y}, "reference point");
  y = draw_box_row(canvas, {at.x, y}, text_of("box after dec.", figure.layer));
  if (!figure.query.truths.empty())
    y = draw_symbol_row(canvas, {at.x, y}, "true box", [&](PagePoint c) {
      draw_truth_box(canvas, {c.x - 3.2, c.y - 2.4, 6.4, 4.8}, kTruth);
    });
  if (has_hollow(figure.points, *figure.photo.image)) {
    y = draw_symbol_row(canvas, {at.x, y}, "outside the image",
                        [&](PagePoint c) { draw_outside_sample(canvas, c); });
  }
  return y;
}

// Photo, box, scale bar, points, cross, border.
void draw_zoom(Canvas& canvas, const PhotoView& view, const PointsFigure& figure,
               const WeightRange& range) {
  const Image& photo = *figure.photo.image;
  draw_photo(canvas, view, photo, under_marks(photo, kPhotoUnderPoints));
  canvas.clipped(view.rect, [&] {
    draw_selected_box(canvas, view.to_page(figure.query.box));
    draw_selected_truths(canvas, view, figure.query);
  });
  draw_scale_bar(canvas, view);
  draw_points(canvas, view, photo, figure.points, figure.style, range, kZoomMarks);
  canvas.clipped(view.rect,
                 [&] { draw_cross(canvas, view.to_page(figure.reference_x, figure.reference_y)); });
  draw_panel_border(canvas, view.rect);
}

void draw_strip(Canvas& canvas, const PhotoView& view, const BoxXyxy& zoom,
                const PointsFigure& figure, const WeightRange& range) {
  const Image& photo = *figure.photo.image;
  draw_photo(canvas, view, photo, under_marks(photo, kPhotoUnderPoints));
  const PageRect box = view.to_page(figure.query.box);
  if (std::max(box.width, box.height) >= kMinBoxInStrip)
    draw_points(canvas, view, photo, figure.points, figure.style, range, kStripMarks);
  canvas.clipped(view.rect, [&] {
    draw_selected_box(canvas, box, 0.7);
    draw_selected_truths(canvas, view, figure.query);
    draw_crop_frame(canvas, view.to_page(zoom));
  });
  draw_panel_border(canvas, view.rect);
}

std::string caption_of(const PointsFigure& figure, const std::optional<BoxXyxy>& zoom) {
  const AttentionSelection& s = figure.selection;
  const bool several_levels = s.strides.size() > 1;
  std::string text =
      text_of("Sampling points of ", query_words(figure.query), ", layer dec.", figure.layer,
              " cross-attention, ", heads_words(s.heads), ", ", levels_words(s.levels), ", ",
              count_text(static_cast<std::size_t>(s.points), "point"),
              " each: ", count_text(figure.points.size(), "point"), ", ");
  const double sum = weight_of(figure.points);
  if (std::abs(sum - static_cast<double>(s.heads.size())) < 0.005) {
    text += text_of("weights sum to 1 per head (", s.heads.size(), " in all)");
  } else {
    text += text_of("weights sum to 1 per head over all its points, those drawn to ",
                    number_text(sum, 2));
  }
  text += text_of(", nothing averaged; ", encoding_words(figure.style, several_levels), ". ");
  if (several_levels) text += "Level share: mean of heads. ";
  text += text_of(count_text(points_that_carry(figure.points, 0.95), "point"),
                  " carry 95\u00A0% of the weight; ",
                  percent_text(share_in_box(figure.points, figure.query.box)),
                  " of it lies in the box, ", percent_text(figure.off_image_share),
                  " outside the image. ");
  const std::size_t beyond = zoom ? count_beyond(figure.points, *zoom, *figure.photo.image) : 0;
  if (beyond > 0)
    text +=
        text_of(count_text(beyond, "point"), beyond == 1 ? " lies" : " lie", " beyond the zoom. ");
  if (figure.query_specific.is_mostly_template())
    text += specific_words(figure.query_specific, true, "");
  return text + attention_caption_end(figure.photo, figure.query.note);
}

// The zoom shows the object: strip, zoom, legend beside it.
double draw_with_zoom(Canvas& canvas, const PointsFigure& figure, const BoxXyxy& zoom, double top) {
  const Image& photo = *figure.photo.image;
  const WeightRange range = range_of(figure.points, figure.style);
  const double width = canvas.width() - 2 * kMargin;
  const BoxXyxy strip = strip_crop(zoom, photo.width, photo.height);
  const PageRect strip_rect{kMargin, top, width, width * strip.height() / strip.width()};
  draw_strip(canvas, {strip, strip_rect}, zoom, figure, range);
  const PageRect zoom_rect{kMargin, strip_rect.bottom() + kPanelGap, kZoomSide, kZoomSide};
  draw_zoom(canvas, {zoom, zoom_rect}, figure, range);
  const double x = zoom_rect.right() + kLegendGap, legend_width = kMargin + width - x;
  double y = draw_encoding(canvas, {x, zoom_rect.y + 1}, legend_width, figure.style,
                           figure.selection, range, kZoomMarks);
  y = draw_levels(canvas, {x, y}, legend_width, figure);
  y = draw_symbols(canvas, {x, y}, figure);
  return std::max(zoom_rect.bottom(), y) + 6;
}

// The object fills the photo: the photo takes the column, the legend two columns below.
double draw_without_zoom(Canvas& canvas, const PointsFigure& figure, double top) {
  const WeightRange range = range_of(figure.points, figure.style);
  const double width = canvas.width() - 2 * kMargin, half = (width - kLegendGap) / 2;
  const PhotoView view = whole_photo(*figure.photo.image, kMargin, top, width);
  draw_zoom(canvas, view, figure, range);
  const double y = view.rect.bottom() + kPanelGap;
  const PagePoint second{kMargin + half + kLegendGap, y};
  double left =
      draw_encoding(canvas, {kMargin, y}, half, figure.style, figure.selection, range, kZoomMarks);
  double right = draw_levels(canvas, second, half, figure);
  // The symbols go where there is more room.
  if (right > y) {
    left = draw_symbols(canvas, {kMargin, left}, figure);
  } else {
    right = draw_symbols(canvas, second, figure);
  }
  return std::max(left, right) + 4;
}

double draw_page(Canvas& canvas, const PointsFigure& figure) {
  const Image& photo = *figure.photo.image;
  const double top = draw_title(canvas, query_title(figure.query),
                                text_of("dec.", figure.layer, " cross-attention \u00B7 ",
                                        count_text(figure.points.size(), "point")));
  const BoxXyxy zoom =
      zoom_crop(figure.query.extent(), figure.points, photo.width, photo.height, kZoomShare);
  if (zoom_is_useful(zoom, figure.query.extent(), photo.width, photo.height)) {
    const double y = draw_with_zoom(canvas, figure, zoom, top);
    return draw_caption(canvas, y, caption_of(figure, zoom));
  }
  const double y = draw_without_zoom(canvas, figure, top);
  return draw_caption(canvas, y, caption_of(figure, std::nullopt));
}

}  // namespace

std::vector<FigurePage> points_pages(std::vector<PointsFigure> figures) {
  double range = 0;
  for (const PointsFigure& figure : figures)
    range = std::max(range, range_of(figure.points, figure.style).max);
  std::vector<FigurePage> pages;
  for (PointsFigure& figure : figures) {
    check_style(figure.style, figure.selection);
    figure.style.range = range;
    const double dpi = page_dpi(figure.photo.image->width, kColumnWidth - 2 * kMargin);
    pages.push_back({kColumnWidth, dpi, [figure = std::move(figure)](Canvas& canvas) {
                       return draw_page(canvas, figure);
                     }});
  }
  return pages;
}

void draw_points_figure(const PointsFigure& figure, const std::filesystem::path& out,
                        const FigureRecord& record) {
  write_page(out, points_pages({figure}).front(), record);
}

}  // namespace saccade
