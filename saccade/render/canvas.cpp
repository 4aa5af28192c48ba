// One drawing interface with three outputs.
#include "saccade/render/canvas.h"

#include <cairo.h>

#include <algorithm>
#include <cmath>
#include <memory>
#include <numbers>

#include "saccade/core/error.h"
#include "saccade/image/encode.h"
#include "saccade/render/cairo_font.h"
#include "saccade/render/figure_text.h"
#include "saccade/render/text_layout.h"

namespace saccade {
namespace {

constexpr int kPhotoJpegQuality = 90;

struct SurfaceDeleter {
  void operator()(cairo_surface_t* surface) const { cairo_surface_destroy(surface); }
};
using Surface = std::unique_ptr<cairo_surface_t, SurfaceDeleter>;

Surface surface_of(const Image& image) {
  Surface surface(cairo_image_surface_create(CAIRO_FORMAT_RGB24, image.width, image.height));
  if (cairo_surface_status(surface.get()) != CAIRO_STATUS_SUCCESS)
    throw Error(text_of("an image of ", image.width, " x ", image.height, " px cannot be drawn"));
  unsigned char* data = cairo_image_surface_get_data(surface.get());
  const int stride = cairo_image_surface_get_stride(surface.get());
  for (int y = 0; y < image.height; ++y) {
    auto* to = reinterpret_cast<std::uint32_t*>(data + static_cast<std::ptrdiff_t>(y) * stride);
    const std::uint8_t* from = image.row(y);
    for (int x = 0; x < image.width; ++x, from += 3)
      to[x] = static_cast<std::uint32_t>(from[0]) << 16 | from[1] << 8 | from[2];
  }
  cairo_surface_mark_dirty(surface.get());
  return surface;
}

// Lets SVG and PDF embed the image as JPEG instead of raw pixels.
void attach_jpeg(cairo_surface_t* surface, const Image& image) {
  auto* jpeg = new std::string(encode_jpeg(image, kPhotoJpegQuality));
  const auto status = cairo_surface_set_mime_data(
      surface, CAIRO_MIME_TYPE_JPEG, reinterpret_cast<const unsigned char*>(jpeg->data()),
      jpeg->size(), [](void* text) { delete static_cast<std::string*>(text); }, jpeg);
  if (status != CAIRO_STATUS_SUCCESS) {
    delete jpeg;
    throw Error(text_of("a photo cannot be embedded: ", cairo_status_to_string(status)));
  }
}

}  // namespace

Canvas::Canvas(_cairo* cairo, FigureKind kind, double width, double dpi)
    : cairo_(cairo), kind_(kind), width_(width), dpi_(dpi) {}

void Canvas::set_color(Color color, double alpha) {
  cairo_set_source_rgba(cairo_, color.r / 255.0, color.g / 255.0, color.b / 255.0, alpha);
}

void Canvas::paint_stroke(const Stroke& stroke) {
  set_color(stroke.color, stroke.alpha);
  cairo_set_line_width(cairo_, stroke.width);
  cairo_set_dash(cairo_, stroke.dash.data(), static_cast<int>(stroke.dash.size()), 0);
  cairo_set_line_join(cairo_, stroke.round ? CAIRO_LINE_JOIN_ROUND : CAIRO_LINE_JOIN_MITER);
  cairo_set_line_cap(cairo_, stroke.round ? CAIRO_LINE_CAP_ROUND : CAIRO_LINE_CAP_BUTT);
  cairo_stroke(cairo_);
}

void Canvas::trace(const Shape& shape) {
  cairo_new_path(cairo_);
  if (shape.circle) {
    cairo_arc(cairo_, shape.centre.x, shape.centre.y, shape.radius, 0, 2 * std::numbers::pi);
  } else {
    for (const PagePoint& p : shape.corners) cairo_line_to(cairo_, p.x, p.y);
  }
  cairo_close_path(cairo_);
}

void Canvas::fill(const PageRect& rect, Color color, double alpha) {
  if (measuring()) return;
  cairo_rectangle(cairo_, rect.x, rect.y, rect.width, rect.height);
  set_color(color, alpha);
  cairo_fill(cairo_);
}

void Canvas::fill(const Shape& shape, Color color, double alpha) {
  if (measuring()) return;
  trace(shape);
  set_color(color, alpha);
  cairo_fill(cairo_);
}

void Canvas::stroke(const PageRect& rect, const Stroke& stroke) {
  if (measuring()) return;
  cairo_rectangle(cairo_, rect.x, rect.y, rect.width, rect.height);
  paint_stroke(stroke);
}

void Canvas::stroke(const Shape& shape, const Stroke& stroke) {
  if (measuring()) return;
  trace(shape);
  paint_stroke(stroke);
}

void Canvas::lines(const std::vector<PagePoint>& points, const Stroke& stroke) {
  if (measuring()) return;
  cairo_new_path(cairo_);
  for (const PagePoint& p : points) cairo_line_to(cairo_, p.x, p.y);
  paint_stroke(stroke);
}

void Canvas::color_strip(const PageRect& rect, Colormap map) {
  if (measuring()) return;
  cairo_pattern_t* pattern = cairo_pattern_create_linear(rect.x, 0, rect.right(), 0);
  for (const ColormapStop& stop : colormap_stops(map)) {
    cairo_pattern_add_color_stop_rgb(pattern, stop.at, stop.color.r / 255.0, stop.color.g / 255.0,
                                     stop.color.b / 255.0);
  }
  cairo_rectangle(cairo_, rect.x, rect.y, rect.width, rect.height);
  cairo_set_source(cairo_, pattern);
  cairo_fill(cairo_);
  cairo_pattern_destroy(pattern);
}

double Canvas::text(PagePoint at, std::string_view text, const TextStyle& style) {
  const double wide = text_width(text, style.size, style.bold);
  if (measuring()) return wide;
  const double shift = style.align == TextAlign::kLeft     ? 0
                       : style.align == TextAlign::kCentre ? wide / 2
                                                           : wide;
  cairo_set_font_face(cairo_, figure_font(style.bold));
  cairo_set_font_size(cairo_, style.size);
  cairo_set_font_options(cairo_, figure_font_options());
  const std::string drawable = drawable_text(text);
  if (style.halo > 0) {
    cairo_new_path(cairo_);
    cairo_move_to(cairo_, at.x - shift, at.y);
    cairo_text_path(cairo_, drawable.c_str());
    paint_stroke({style.halo_color, 2 * style.halo, {}, true});
  }
  set_color(style.color);
  cairo_move_to(cairo_, at.x - shift, at.y);
  cairo_show_text(cairo_, drawable.c_str());
  return wide;
}

std::pair<int, int> Canvas::pixels(const PageRect& rect) const {
  const auto count = [&](double points) {
    return std::max(1, static_cast<int>(std::lround(points * dpi_ / 72)));
  };
  return {count(rect.width), count(rect.height)};
}

PageRect Canvas::snapped(const PageRect& rect) const {
  if (kind_ != FigureKind::kPng) return rect;
  const auto snap = [&](double v) { return std::round(v * dpi_ / 72) * 72 / dpi_; };
  const double x = snap(rect.x), y = snap(rect.y);
  return {x, y, snap(rect.right()) - x, snap(rect.bottom()) - y};
}

void Canvas::image(const PageRect& rect, const Image& image) {
  if (measuring()) return;
  const Surface surface = surface_of(image);
  if (kind_ != FigureKind::kPng) attach_jpeg(surface.get(), image);
  cairo_save(cairo_);
  cairo_translate(cairo_, rect.x, rect.y);
  cairo_scale(cairo_, rect.width / image.width, rect.height / image.height);
  cairo_set_source_surface(cairo_, surface.get(), 0, 0);
  // A snapped PNG panel has the image's own pixels: any filter would only blur them.
  const bool exact =
      kind_ == FigureKind::kPng && pixels(rect) == std::pair(image.width, image.height);
  cairo_pattern_set_filter(cairo_get_source(cairo_),
                           exact ? CAIRO_FILTER_NEAREST : CAIRO_FILTER_GOOD);
  // Padding keeps the edge sharp; in a PDF it would cost the embedded JPEG.
  if (kind_ == FigureKind::kPng)
    cairo_pattern_set_extend(cairo_get_source(cairo_), CAIRO_EXTEND_PAD);
  cairo_rectangle(cairo_, 0, 0, image.width, image.height);
  cairo_fill(cairo_);
  cairo_restore(cairo_);
}

void Canvas::clipped(const PageRect& rect, const std::function<void()>& draw) {
  if (measuring()) return;
  cairo_save(cairo_);
  cairo_rectangle(cairo_, rect.x, rect.y, rect.width, rect.height);
  cairo_clip(cairo_);
  draw();
  cairo_restore(cairo_);
}

double Canvas::inset(PagePoint at, double width, const std::function<double(Canvas&)>& draw) {
  Canvas page(cairo_, kind_, width, dpi_);
  if (measuring()) return draw(page);
  const PageRect corner = snapped({at.x, at.y, 0, 0});
  cairo_save(cairo_);
  cairo_translate(cairo_, corner.x, corner.y);
  const double height = draw(page);
  cairo_restore(cairo_);
  return height;
}

}  // namespace saccade
