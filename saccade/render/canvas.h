// One drawing interface with three outputs: PNG, SVG, PDF. Everything is in points on the page.
#pragma once

#include <filesystem>
#include <functional>
#include <optional>
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

// By the suffix of the file's name. Throws UsageError when it is none of .png, .svg, .pdf.
FigureKind figure_kind(const std::filesystem::path& out);

enum class TextAlign { kLeft, kCentre, kRight };

struct TextStyle {
  double size = 6;
  bool bold = false;
  Color color = kInk;
  TextAlign align = TextAlign::kLeft;
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

// What a figure is drawn on; made by write_page and write_native.
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

 private:
  void trace(const Shape& shape);
  void paint_stroke(const Stroke& stroke);
  void set_color(Color color, double alpha = 1);

  _cairo* cairo_;
  FigureKind kind_;
  double width_;
  double dpi_;
};

// What made a figure; kept inside the file, not printed on it.
struct FigureRecord {
  std::string command;         // the command line that draws it again
  std::string version;         // of Saccade
  std::string weights_sha256;  // of the weights file
  std::string seed;            // empty where nothing was random
};

// Column and double-column pages, in points.
inline constexpr double kColumnWidth = 241;
inline constexpr double kDoubleWidth = 504.6;
inline constexpr double kPageDpi = 300;
inline constexpr double kMaxDpi = 600;

// 300 dpi, more where a photo of this width would lose pixels in a panel this wide, at most 600.
double page_dpi(double photo_width_px, double panel_width_pt);

// Draws a page of fixed width on white paper; `draw` runs twice and returns the height in points:
// the first time its canvas only measures. The file's bytes depend on nothing but the arguments.
// Throws UsageError for an unknown suffix, Error when the file cannot be written.
void write_page(const std::filesystem::path& out, double width, double dpi,
                const FigureRecord& record, const std::function<double(Canvas&)>& draw);

// Draws over an image of this many pixels; one point is one pixel, there are no margins.
void write_native(const std::filesystem::path& out, int width, int height,
                  const FigureRecord& record, const std::function<void(Canvas&)>& draw);

}  // namespace saccade
