// A data set in one picture.
#include "saccade/render/dataset_stats_figure.h"

#include <algorithm>
#include <cmath>

#include "saccade/core/error.h"
#include "saccade/render/dataset_plots.h"
#include "saccade/render/figure_text.h"
#include "saccade/render/page_layout.h"

namespace saccade {
namespace {

constexpr double kGap = 10, kRowGap = 4, kPlotHeight = 96;

std::string totals_text(const DatasetStats& s) {
  std::string text = text_of(count_text(static_cast<std::size_t>(s.images), "image"), ", ",
                             s.boxes == 1 ? "1 box" : text_of(s.boxes, " boxes"));
  if (s.crowd > 0)
    text += text_of(", ", count_text(static_cast<std::size_t>(s.crowd), "crowd region"));
  return text;
}

std::string caption_of(const DatasetStats& s) {
  const auto share = [&](std::size_t i) {
    return percent_text(s.boxes == 0 ? 0 : double(s.sizes[i]) / double(s.boxes));
  };
  std::string text =
      text_of(s.name, ": ", totals_text(s), " of ", s.used_classes(), " classes (",
              s.classes.size(), " in the file); ",
              s.empty_images == 0
                  ? "every image has a box. "
                  : text_of(s.empty_images, s.empty_images == 1 ? " image has" : " images have",
                            " no box. "));
  const double mean = s.images == 0 ? 0 : double(s.boxes) / double(s.images);
  text += text_of(number_text(mean, 1), " boxes per image on average, median ",
                  number_text(s.median_boxes, s.median_boxes == std::floor(s.median_boxes) ? 0 : 1),
                  ". Small (area under 32² px) ", share(0), ", medium (to 96² px) ", share(1),
                  ", large ", share(2), "; dashed lines: these two areas. ");
  text +=
      text_of("The median box has a side of ", number_text(s.median_side, 0),
              " px (root of its area) and covers ", percent_text(s.median_share), " of its image; ",
              s.narrow, s.narrow == 1 ? " box has a side" : " boxes have a side",
              " under 8 px. Image sizes: the area of a dot is its number of images.");
  if (s.crowd > 0) text += " Crowd regions are counted apart and in no distribution.";
  return text;
}

// Table left with the image sizes below it, four distributions right.
double draw_double(Canvas& canvas, const DatasetStats& stats, double top) {
  const double width = (canvas.width() - 2 * kMargin - kGap) / 2;
  const double table = draw_class_table(canvas, stats, {kMargin, top}, width);
  const double bottom = std::max(table + kRowGap + kPlotHeight, top + 2 * kPlotHeight + kRowGap);
  const double left_top = std::max(table + kRowGap, bottom - 1.35 * kPlotHeight);
  draw_image_sizes(canvas, stats, {kMargin, left_top, width, bottom - left_top});
  const double x = kMargin + width + kGap, half = (width - kGap) / 2;
  const double height = (bottom - top - kRowGap) / 2;
  draw_boxes_per_image(canvas, stats, {x, top, half, height});
  draw_sides_plot(canvas, stats, {x + half + kGap, top, half, height});
  draw_aspect_plot(canvas, stats, {x, top + height + kRowGap, half, height});
  draw_relative_plot(canvas, stats, {x + half + kGap, top + height + kRowGap, half, height});
  return bottom;
}

// Everything below one another, two plots a row.
double draw_column(Canvas& canvas, const DatasetStats& stats, double top) {
  const double width = canvas.width() - 2 * kMargin, half = (width - kGap) / 2;
  double y = draw_class_table(canvas, stats, {kMargin, top}, width) + kRowGap;
  draw_boxes_per_image(canvas, stats, {kMargin, y, half, kPlotHeight});
  draw_sides_plot(canvas, stats, {kMargin + half + kGap, y, half, kPlotHeight});
  y += kPlotHeight + kRowGap;
  draw_aspect_plot(canvas, stats, {kMargin, y, half, kPlotHeight});
  draw_relative_plot(canvas, stats, {kMargin + half + kGap, y, half, kPlotHeight});
  y += kPlotHeight + kRowGap;
  draw_image_sizes(canvas, stats, {kMargin, y, width, kPlotHeight});
  return y + kPlotHeight;
}

double draw_page(Canvas& canvas, const DatasetStats& stats, PageWidth width) {
  const double top = draw_title(canvas, stats.name, totals_text(stats));
  const double bottom = width == PageWidth::kDouble ? draw_double(canvas, stats, top)
                                                    : draw_column(canvas, stats, top);
  return draw_caption(canvas, bottom + 4, caption_of(stats));
}

}  // namespace

void draw_dataset_stats_figure(const DatasetStats& stats, PageWidth width,
                               const std::filesystem::path& out, const FigureRecord& record) {
  const double points = width == PageWidth::kDouble ? kDoubleWidth : kColumnWidth;
  write_page(out, points, kPageDpi, record,
             [&](Canvas& canvas) { return draw_page(canvas, stats, width); });
}

}  // namespace saccade
