// Marks on photographs: sampling points, reference crosses, boxes, arrows, scale bars.
#pragma once

#include <optional>
#include <string>
#include <vector>

#include "saccade/render/canvas.h"

namespace saccade {

enum class MarkShape { kCircle, kSquare, kTriangle, kDiamond };

// Levels 0-3; higher levels repeat the shapes with a dot inside.
MarkShape level_shape(int level);
inline bool level_has_dot(int level) { return level > 3; }

// A shape whose area is pi r^2, whichever it is; with `offset`, the shape around it at this distance.
Shape mark_shape(MarkShape kind, PagePoint centre, double r, double offset = 0);

// How weights become sizes: radius = max(min_radius, factor * sqrt(weight)) points, on an absolute
// scale, so that areas compare between figures.
struct MarkScale {
  double factor = 5.0;
  double min_radius = 0.55;
  double hollow_lines = 1;  // of the lines of marks outside the image
  double radius(double weight) const;
};
inline constexpr MarkScale kZoomMarks{5.0, 0.55};
inline constexpr MarkScale kStripMarks{2.25, 0.3};
inline constexpr MarkScale kEncoderMarks{3.8, 0.5};
inline constexpr MarkScale kGridMarks{2.7, 0.34, 0.5};

struct Mark {
  PagePoint centre;
  double radius = 1;
  MarkShape shape = MarkShape::kCircle;
  bool dot = false;  // levels above 3
  Color color;
  double opacity = 1;
};

// Colour, then a dark, then a white outline. The three touch without overlapping, so that the mark's
// opacity acts on them as one group in every output.
void draw_mark(Canvas& canvas, const Mark& mark);

// A mark for something outside `panel`, in the direction of mark.centre: hollow, moved inside the
// border, with a tick that points outwards.
// `lines` scales its lines.
void draw_outside_mark(Canvas& canvas, const PageRect& panel, const Mark& mark, double lines = 1);
// The same for legends, where nothing is outside: tick to the left.
void draw_outside_sample(Canvas& canvas, PagePoint centre);

// Opacity of a point: by weight for colour maps, nearly opaque where hue is a category.
double weight_opacity(double weight, bool hue_is_category);

// Diagonal white cross on a dark casing; small ones have thinner lines.
void draw_cross(Canvas& canvas, PagePoint centre, double arm = 4.2);

// The selected query's box: white on dark.
void draw_selected_box(Canvas& canvas, const PageRect& box, double width = 1.0);
// Widths of a detection's box: the coloured line, and by how much the dark and the white line under
// it are wider; white 0 leaves it out.
struct ClassBoxLines {
  double line = 0.9, casing = 0.55, white = 1.1;
};
// A detection: its colour on dark on white. Boxes with a side under 6 pt are drawn around their
// edge, so that the lines do not fill them.
void draw_class_box(Canvas& canvas, const PageRect& box, Color color,
                    const ClassBoxLines& lines = {});
// A true box: dashed colour on dark.
void draw_truth_box(Canvas& canvas, const PageRect& box, Color color);
// Where another panel zooms in: dashed white on dark.
void draw_crop_frame(Canvas& canvas, const PageRect& rect);

// A line with a head at its end: colour on white.
void draw_arrow(Canvas& canvas, PagePoint from, PagePoint to, Color color, double width = 0.7);

// 5, 10, 20, 50 ... px at the bottom left of a panel, about a quarter of its width.
void draw_scale_bar(Canvas& canvas, const PhotoView& view);

// A circle of the given score's area for a query: dark and white outline.
void draw_query_dot(Canvas& canvas, PagePoint centre, double radius, Color color);

}  // namespace saccade
