// One drawing interface with three outputs: PNG, SVG, PDF. Everything is in points on the page.
#pragma once

#include <functional>
#include <string>
#include <string_view>
#include <utility>
#include <vector>

#include "saccade/image/image.h"
#include "saccade/render/colormap.h"
#include "saccade/render/page_geometry.h"

struct _cairo;

namespace saccade {

enum class FigureKind { kPng, kSvg, kPdf };

enum class TextAlign { kLeft, kCentre, kRight };

struct TextStyle {
  double size = 6;
  bool bold = false;
  Color color = kInk;
  TextAlign align = TextAlign::kLeft;
  double halo = 0;  // how far an outline reaches around the letters; 0: none
  Color halo_color = kPaper;
};

struct Stroke {
  Color color = kInk;
  double width = 0.4;
  std::vector<double> dash;  // lengths of strokes and gaps; empty: solid
  bool round = false;        // round joins and ends
  double alpha = 1;
};

// A closed shape: a circle, or a polygon.
struct Shape {
  bool circle = false;
  PagePoint centre;
  double radius = 0;               // circle
  std::vector<PagePoint> corners;  // polygon
};

// What a figure is drawn on; made by write_page and write_native
// (figure_file.h).
class Canvas {
 public:
  // `cairo` is borrowed; null gives a canvas that draws nothing, to learn how high a page becomes.
  Canvas(_cairo* cairo, FigureKind kind, double width, double dpi);

  double width() const { return width_; }
  bool measuring() const { return cairo_ == nullptr; }

  void fill(const PageRect& rect, Color color, double alpha = 1);
  void fill(const Shape& shape, Color color, double alpha = 1);
  void stroke(const PageRect& rect, const Stroke& stroke);
  void stroke(const Shape& shape, const Stroke& stroke);
  void line(PagePoint from, PagePoint to, const Stroke& stroke) { lines({from, to}, stroke); }
  void lines(const std::vector<PagePoint>& points, const Stroke& stroke);
  // A bar that shows the map from left (0) to right (1).
  void color_strip(const PageRect& rect, Colormap map);

  // One line of text with its baseline at `at`. Returns its width.
  double text(PagePoint at, std::string_view text, const TextStyle& style = {});

  // How many pixels an image needs that fills `rect`: in PNG exactly those of the file.
  std::pair<int, int> pixels(const PageRect& rect) const;
  // `rect` with its corners on pixels of a PNG; unchanged in the other outputs.
  PageRect snapped(const PageRect& rect) const;
  // Fills `rect` with an image; SVG and PDF keep it as JPEG of quality 90.
  void image(const PageRect& rect, const Image& image);

  void clipped(const PageRect& rect, const std::function<void()>& draw);

  // Draws a page of this width with its corner at `at` (in PNG on whole pixels); returns its height.
  double inset(PagePoint at, double width, const std::function<double(Canvas&)>& draw);

 private:
  void trace(const Shape& shape);
  void paint_stroke(const Stroke& stroke);
  void set_color(Color color, double alpha = 1);

  _cairo* cairo_;
  FigureKind kind_;
  double width_;
  double dpi_;
};

}  // namespace saccade
