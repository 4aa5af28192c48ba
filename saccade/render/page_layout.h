// What all pages share: margins, title line, headings, caption, photo panels.
#pragma once

#include <functional>
#include <string>
#include <string_view>

#include "saccade/image/image.h"
#include "saccade/render/canvas.h"
#include "saccade/render/figure_file.h"
#include "saccade/render/photo.h"

namespace saccade {

inline constexpr double kMargin = 6;
inline constexpr double kPanelGap = 4;        // between stacked panels
inline constexpr double kLegendGap = 9;       // panel to legend column
inline constexpr double kMaxPortrait = 1.25;  // a photo is at most this times its column high

// Type sizes in points.
inline constexpr double kTitleSize = 7.5, kSubtitleSize = 6, kHeadingSize = 6.5, kLegendSize = 6,
                        kTickSize = 5.6, kCaptionSize = 6.2, kCaptionLine = 8.2;

// The photograph a figure shows and what the caption says of it.
struct FigurePhoto {
  const Image* image = nullptr;           // borrowed; original pixels
  std::string file;                       // name without folders
  int input_width = 0, input_height = 0;  // network input; 0: not printed
  std::string model;                      // name for the end of the caption; empty: none
};

// Title at the left, subtitle at the right of one line; the subtitle is shortened where both do not
// fit, the title where it alone does not. Returns where the first panel starts.
double draw_title(Canvas& canvas, std::string_view title, std::string_view subtitle);

// Bold heading over a panel with grey text at its right end; baseline at `baseline`.
void draw_heading(Canvas& canvas, double x, double baseline, double width, std::string_view heading,
                  std::string_view note = {}, bool bold = true);

inline constexpr double kListRow = 8.4;
// A list in two columns of at most 20 rows, from y downwards: draw_row(i, at, width) draws item i of `count` at its baseline. Of more
// a last line says "and 3" and `more`. Returns the lower end.
double draw_two_columns(
    Canvas& canvas, double y, std::size_t count, std::string_view more,
    const std::function<void(std::size_t i, PagePoint at, double width)>& draw_row);

// Hairline and caption from y downwards. Returns the height of the page.
double draw_caption(Canvas& canvas, double y, std::string_view caption);

// "Image.jpg. Model: name." and, where marks brightened the photo, that they did.
std::string caption_end(const FigurePhoto& photo);

// The whole photo in a column of this width from (x, y): at most 1.25 times as high as wide, then
// narrower and centred.
PhotoView whole_photo(const Image& photo, double x, double y, double width);

// The crop of the photo in view.rect, toned down, after which `over` may paint its pixels. Nothing on a measuring canvas.
void draw_photo(Canvas& canvas, const PhotoView& view, const Image& photo,
                const PhotoTreatment& treatment, const std::function<void(Image&)>& over = {});
void draw_panel_border(Canvas& canvas, const PageRect& rect);

// `treatment` for marks on this photo: dark photos are brightened as well.
PhotoTreatment under_marks(const Image& photo, PhotoTreatment treatment);

}  // namespace saccade
