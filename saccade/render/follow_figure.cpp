// One frame of a sequence with the object that is followed.
#include "saccade/render/follow_figure.h"

#include <algorithm>
#include <functional>

#include "saccade/core/error.h"
#include "saccade/render/figure_text.h"
#include "saccade/render/legends.h"
#include "saccade/render/point_marks.h"
#include "saccade/render/text_layout.h"

namespace saccade {
namespace {

constexpr double kColumn = 123;  // zoom and legend, right of the photo
constexpr double kTracesHeight = 84, kSymbolsHeight = 12, kSymbolGap = 14;

bool is_found(const FollowFigure& figure, const FollowPicture& picture) {
  return figure.frames[picture.at].numbers.has_value();
}

void draw_looked_for(Canvas& canvas, const PageRect& box) {
  canvas.stroke(box, {kCasing, 2.0, {3, 2}});
  canvas.stroke(box, {kPaper, 1.0, {3, 2}});
}

// The object's box with its points, or where it was looked for.
void draw_object(Canvas& canvas, const PhotoView& view, const FollowFigure& figure,
                 const FollowPicture& picture, const MarkScale& marks) {
  const PageRect box = view.to_page(picture.box);
  if (!is_found(figure, picture)) {
    canvas.clipped(view.rect, [&] { draw_looked_for(canvas, box); });
    const PagePoint middle{std::clamp(box.centre().x, view.rect.x + 10, view.rect.right() - 10),
                           std::clamp(box.centre().y, view.rect.y + 8, view.rect.bottom() - 8)};
    canvas.text({middle.x, middle.y + 3}, "lost",
                {9, true, kPaper, TextAlign::kCentre, 1.2, kCasing});
    return;
  }
  const WeightRange range = range_of(picture.points, figure.style);
  canvas.clipped(view.rect, [&] { draw_selected_box(canvas, box); });
  draw_points(canvas, view, *picture.photo, picture.points, figure.style, range, marks);
}

void draw_panel(Canvas& canvas, const PhotoView& view, const FollowFigure& figure,
                const FollowPicture& picture, const MarkScale& marks) {
  draw_photo(canvas, view, *picture.photo, under_marks(*picture.photo, kPhotoUnderPoints));
  draw_object(canvas, view, figure, picture, marks);
}

void draw_zoom(Canvas& canvas, const PhotoView& view, const FollowFigure& figure,
               const FollowPicture& picture) {
  draw_panel(canvas, view, figure, picture, kZoomMarks);
  if (is_found(figure, picture))
    canvas.clipped(view.rect, [&] {
      draw_cross(canvas, view.to_page(picture.reference_x, picture.reference_y));
    });
  draw_scale_bar(canvas, view);
  draw_panel_border(canvas, view.rect);
}

// Colours and sizes, then levels; as high in every frame. Returns the lower end.
double draw_legend(Canvas& canvas, PagePoint at, const FollowFigure& figure,
                   const FollowPicture& picture) {
  double y = at.y;
  if (figure.style.color == PointColor::kWeight) {
    const char* heading = figure.style.relative ? "weight \u2212 mean pattern" : "attention weight";
    y = draw_weight_bar(canvas, {at.x, y}, kColumn, heading, range_of({}, figure.style),
                        figure.selection, kZoomMarks);
  } else {
    if (figure.style.color == PointColor::kHead)
      y = draw_head_legend(canvas, {at.x, y}, kColumn, figure.selection.heads) + 2.5;
    y = draw_size_legend(canvas, {at.x, y}, "weight (area)", kZoomMarks, figure.selection);
  }
  const std::size_t levels = figure.selection.strides.size();
  if (levels < 2) return y + 2;
  if (!is_found(figure, picture)) return y + 11.2 + static_cast<double>(levels) * kLegendRow;
  return draw_level_legend(canvas, {at.x, y + 2}, kColumn, figure.selection,
                           figure.frames[picture.at].numbers->level_shares,
                           figure.style.color == PointColor::kLevel);
}

void draw_symbols(Canvas& canvas, double y, int layer, bool has_zoom) {
  double x = kMargin;
  const auto entry = [&](const std::string& words, const std::function<void(PagePoint)>& symbol) {
    draw_symbol_row(canvas, {x, y}, words, symbol);
    x += 12 + text_width(words, kLegendSize) + kSymbolGap;
  };
  const auto rect = [](PagePoint c) { return PageRect{c.x - 3.4, c.y - 2.9, 6.8, 6.1}; };
  entry("reference point", [&](PagePoint c) { draw_cross(canvas, c, 3.6); });
  entry(text_of("box after dec.", layer), [&](PagePoint c) { draw_selected_box(canvas, rect(c)); });
  entry("where a lost object was looked for",
        [&](PagePoint c) { draw_looked_for(canvas, rect(c)); });
  entry("point outside the image", [&](PagePoint c) { draw_outside_sample(canvas, c); });
  if (has_zoom) entry("zoom", [&](PagePoint c) { draw_crop_frame(canvas, rect(c)); });
}

std::string caption_of(const FollowFigure& figure) {
  const AttentionSelection& s = figure.selection;
  std::string text = text_of(
      "Sampling points of the ", figure.class_name, "'s query in the cross-attention of dec.",
      figure.layer, ", ", heads_words(s.heads), ", ", levels_words(s.levels), ", ",
      count_text(static_cast<std::size_t>(s.points), "point"), " each, nothing averaged; ",
      encoding_words(figure.style, s.strides.size() > 1), ". ");
  const bool has_range = figure.style.color == PointColor::kWeight;
  const char* const constant = has_range && figure.zoom_side > 0 ? "Colour range and zoom are"
                               : has_range                       ? "The colour range is"
                                                                 : "The zoom is";
  if (has_range || figure.zoom_side > 0) text += text_of(constant, " the same in all frames. ");
  text += follow_traces_words(figure.layer, figure.frames) + " Weight is not importance.";
  if (figure.brightens) text += " Dark frames are brightened under the marks.";
  return text + (figure.model.empty() ? "" : " Model: " + figure.model + ".");
}

std::string title_of(const FollowFigure& figure, const FollowPicture& picture) {
  const FollowedFrame& frame = figure.frames[picture.at];
  if (!frame.numbers) return figure.class_name + " \u00B7 lost";
  return query_title(
      {.query = picture.query, .class_name = figure.class_name, .score = frame.numbers->score});
}

double draw_page(Canvas& canvas, const FollowFigure& figure, const FollowPicture& picture) {
  const double width = canvas.width() - 2 * kMargin;
  const double top = draw_title(canvas, title_of(figure, picture),
                                text_of(picture.file, " \u00B7 ", picture.at + 1, " of ",
                                        figure.frames.size(), " \u00B7 dec.", figure.layer));
  const PhotoView whole = whole_photo(*picture.photo, kMargin, top, width - kLegendGap - kColumn);
  const bool has_zoom = figure.zoom_side > 0;
  draw_panel(canvas, whole, figure, picture, has_zoom ? kStripMarks : kZoomMarks);
  const double x = kMargin + width - kColumn;
  double y = top;
  if (has_zoom) {
    const Image& photo = *picture.photo;
    const BoxXyxy zoom = square_around(picture.box, figure.zoom_side, photo.width, photo.height);
    canvas.clipped(whole.rect, [&] { draw_crop_frame(canvas, whole.to_page(zoom)); });
    draw_zoom(canvas, {zoom, {x, y, kColumn, kColumn}}, figure, picture);
    y += kColumn + kPanelGap;
  } else if (is_found(figure, picture)) {
    draw_cross(canvas, whole.to_page(picture.reference_x, picture.reference_y));
  }
  draw_panel_border(canvas, whole.rect);
  y = std::max(whole.rect.bottom(), draw_legend(canvas, {x, y}, figure, picture)) + 2;
  draw_symbols(canvas, y, figure.layer, has_zoom);
  const PageRect traces{kMargin, y + kSymbolsHeight, width, kTracesHeight};
  draw_follow_traces(canvas, traces, figure.frames, picture.at);
  return draw_caption(canvas, traces.bottom() + 4, caption_of(figure));
}

}  // namespace

double follow_zoom_side(const std::vector<BoxXyxy>& squares, double image_width,
                        double image_height) {
  double side = 0;
  for (const BoxXyxy& square : squares) side = std::max(side, square.width());
  const bool is_useful = side <= 0.6 * image_width && side <= image_height;
  return is_useful ? side : 0;
}

void draw_follow_picture(const FollowFigure& figure, const FollowPicture& picture,
                         const std::filesystem::path& out, const FigureRecord& record) {
  check_style(figure.style, figure.selection);
  write_page(out, kDoubleWidth, figure.width_px / kDoubleWidth * 72, record,
             [&](Canvas& canvas) { return draw_page(canvas, figure, picture); });
}

}  // namespace saccade
