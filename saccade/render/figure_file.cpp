// Files of figures.
#include "saccade/render/figure_file.h"

#include <cairo-pdf.h>
#include <cairo-svg.h>
#include <cairo.h>

#include <algorithm>
#include <cctype>
#include <cmath>
#include <map>
#include <memory>

#include "saccade/core/error.h"
#include "saccade/core/file_io.h"
#include "saccade/core/markup.h"
#include "saccade/image/encode.h"
#include "saccade/render/figure_text.h"

namespace saccade {
namespace {

constexpr double kMaxPagePixels = 32767;  // Cairo's limit for one side

using Record = TextRecords;
using Draw = std::function<void(Canvas&)>;

struct PageSize {
  double width = 0, height = 0;  // points
  double dpi = kPageDpi;
};

struct CairoDeleter {
  void operator()(cairo_surface_t* surface) const { cairo_surface_destroy(surface); }
  void operator()(cairo_t* cairo) const { cairo_destroy(cairo); }
};
using Surface = std::unique_ptr<cairo_surface_t, CairoDeleter>;
using Context = std::unique_ptr<cairo_t, CairoDeleter>;

Record record_of(const FigureRecord& record) {
  Record all;
  const auto put = [&](const char* key, const std::string& value) {
    if (!value.empty()) all.emplace_back(key, drawable_text(value));
  };
  put("version", record.version);
  put("command", record.command);
  put("weights_sha256", record.weights_sha256);
  put("seed", record.seed);
  return all;
}

std::string record_lines(const Record& record, std::string_view separator) {
  std::string text;
  for (const auto& [key, value] : record)
    text += text_of(text.empty() ? "" : separator, key, ": ", value);
  return text;
}

cairo_status_t append(void* text, const unsigned char* data, unsigned int length) {
  static_cast<std::string*>(text)->append(reinterpret_cast<const char*>(data), length);
  return CAIRO_STATUS_SUCCESS;
}

void check(cairo_status_t status) {
  if (status != CAIRO_STATUS_SUCCESS)
    throw Error(text_of("the figure cannot be drawn: ", cairo_status_to_string(status)));
}

// Draws white paper and the figure; ends the surface's last page.
void draw_on(cairo_surface_t* surface, FigureKind kind, const PageSize& size, double scale,
             const Draw& draw) {
  check(cairo_surface_status(surface));
  const Context context(cairo_create(surface));
  cairo_scale(context.get(), scale, scale);
  Canvas canvas(context.get(), kind, size.width, size.dpi);
  canvas.fill(PageRect{0, 0, size.width + 1, size.height + 1}, kPaper);
  draw(canvas);
  check(cairo_status(context.get()));
  if (kind != FigureKind::kPng) cairo_show_page(context.get());
}

std::string png_bytes(const PageSize& size, const Record& record, const Draw& draw) {
  const double scale = size.dpi / 72;
  const auto pixels = [&](double points) { return std::max(1.0, std::round(points * scale)); };
  const double width = pixels(size.width), height = pixels(size.height);
  if (std::max(width, height) > kMaxPagePixels)
    throw Error(text_of("a page of ", width, " x ", height,
                        " px is too large; draw less in one "
                        "figure or write .svg or .pdf"));
  const int w = static_cast<int>(width), h = static_cast<int>(height);
  const Surface surface(cairo_image_surface_create(CAIRO_FORMAT_RGB24, w, h));
  draw_on(surface.get(), FigureKind::kPng, size, scale, draw);
  cairo_surface_flush(surface.get());
  const unsigned char* data = cairo_image_surface_get_data(surface.get());
  const int stride = cairo_image_surface_get_stride(surface.get());
  std::vector<std::uint8_t> rgb(static_cast<std::size_t>(w) * h * 3);
  std::uint8_t* to = rgb.data();
  for (int y = 0; y < h; ++y) {
    const auto* from =
        reinterpret_cast<const std::uint32_t*>(data + static_cast<std::ptrdiff_t>(y) * stride);
    for (int x = 0; x < w; ++x) {
      *to++ = static_cast<std::uint8_t>(from[x] >> 16);
      *to++ = static_cast<std::uint8_t>(from[x] >> 8);
      *to++ = static_cast<std::uint8_t>(from[x]);
    }
  }
  return encode_png(rgb, w, h, record, size.dpi);
}

std::string pdf_bytes(const PageSize& size, const Record& record, const Draw& draw) {
  std::string bytes;
  {
    const Surface surface(
        cairo_pdf_surface_create_for_stream(append, &bytes, size.width, size.height));
    const auto put = [&](cairo_pdf_metadata_t key, const std::string& value) {
      cairo_pdf_surface_set_metadata(surface.get(), key, value.c_str());
    };
    put(CAIRO_PDF_METADATA_CREATOR, "Saccade");
    put(CAIRO_PDF_METADATA_SUBJECT, record_lines(record, "; "));
    // Cairo would write the time of day; two runs must give the same bytes.
    put(CAIRO_PDF_METADATA_CREATE_DATE, "2000-01-01T00:00:00Z");
    draw_on(surface.get(), FigureKind::kPdf, size, 1, draw);
    cairo_surface_finish(surface.get());
    check(cairo_surface_status(surface.get()));
  }
  return bytes;
}

bool is_name_byte(char c) {
  return std::isalnum(static_cast<unsigned char>(c)) != 0 || c == '-' || c == '_';
}

// Cairo numbers the elements of an SVG by counters of the whole process: numbers them by their
// order in this file instead, so that a second figure of one process has the same bytes.
std::string with_own_ids(const std::string& svg) {
  std::map<std::string, std::string, std::less<>> names;
  for (std::size_t at = svg.find(" id=\""); at != std::string::npos;
       at = svg.find(" id=\"", at + 5)) {
    const std::string id = svg.substr(at + 5, svg.find('"', at + 5) - at - 5);
    names.emplace(id, text_of("e", names.size()));
  }
  std::string out;
  out.reserve(svg.size());
  for (std::size_t at = 0; at < svg.size();) {
    const bool is_id = svg.compare(at, 5, " id=\"") == 0;
    const bool is_reference = svg[at] == '#';
    if (!is_id && !is_reference) {
      out += svg[at++];
      continue;
    }
    const std::size_t begin = at + (is_id ? 5 : 1);
    std::size_t end = begin;
    while (end < svg.size() && is_name_byte(svg[end])) ++end;
    out.append(svg, at, begin - at);
    const auto name = names.find(std::string_view(svg).substr(begin, end - begin));
    out += name == names.end() ? svg.substr(begin, end - begin) : name->second;
    at = end;
  }
  return out;
}

std::string svg_bytes(const PageSize& size, const Record& record, const Draw& draw) {
  std::string bytes;
  {
    const Surface surface(
        cairo_svg_surface_create_for_stream(append, &bytes, size.width, size.height));
    draw_on(surface.get(), FigureKind::kSvg, size, 1, draw);
    cairo_surface_finish(surface.get());
    check(cairo_surface_status(surface.get()));
  }
  bytes = with_own_ids(bytes);
  const std::size_t tag = bytes.find("<svg");
  const std::size_t end = tag == std::string::npos ? tag : bytes.find('>', tag);
  if (end == std::string::npos) throw Error("the SVG of this figure has no svg element");
  bytes.insert(end + 1,
               text_of("\n<metadata>", markup_text(record_lines(record, "\n")), "</metadata>"));
  return bytes;
}

void write_figure(const std::filesystem::path& out, const PageSize& size,
                  const FigureRecord& record, const Draw& draw) {
  const Record all = record_of(record);
  switch (figure_kind(out)) {
    case FigureKind::kPng:
      return write_file(out, png_bytes(size, all, draw));
    case FigureKind::kPdf:
      return write_file(out, pdf_bytes(size, all, draw));
    case FigureKind::kSvg:
      return write_file(out, svg_bytes(size, all, draw));
  }
}

}  // namespace

FigureKind figure_kind(const std::filesystem::path& out) {
  std::string suffix = out.extension().string();
  std::transform(suffix.begin(), suffix.end(), suffix.begin(),
                 [](unsigned char c) { return static_cast<char>(std::tolower(c)); });
  if (suffix == ".png") return FigureKind::kPng;
  if (suffix == ".svg") return FigureKind::kSvg;
  if (suffix == ".pdf") return FigureKind::kPdf;
  throw UsageError(
      text_of(out.string(), ": no kind of picture; let the name end in .png, .svg or .pdf"));
}

double page_dpi(double photo_width_px, double panel_width_pt) {
  return std::clamp(72 * photo_width_px / panel_width_pt, kPageDpi, kMaxDpi);
}

void write_page(const std::filesystem::path& out, double width, double dpi,
                const FigureRecord& record, const std::function<double(Canvas&)>& draw) {
  Canvas measuring(nullptr, figure_kind(out), width, dpi);
  const double height = draw(measuring);
  write_figure(out, {width, height, dpi}, record, [&](Canvas& canvas) { draw(canvas); });
}

void write_native(const std::filesystem::path& out, int width, int height,
                  const FigureRecord& record, const std::function<void(Canvas&)>& draw) {
  write_figure(out, {static_cast<double>(width), static_cast<double>(height), 72}, record, draw);
}

}  // namespace saccade
