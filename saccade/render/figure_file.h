// Files of figures: pages and annotated photographs as PNG, SVG or PDF.
#pragma once

#include <filesystem>
#include <functional>
#include <string>

#include "saccade/render/canvas.h"

namespace saccade {

// By the suffix of the file's name. Throws UsageError when it is none of .png, .svg, .pdf.
FigureKind figure_kind(const std::filesystem::path& out);

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

// A page that is ready to be drawn, alone or beside others. `draw` borrows the photograph.
struct FigurePage {
  double width = kColumnWidth, dpi = kPageDpi;
  std::function<double(Canvas&)> draw;  // as write_page takes it
};
inline void write_page(const std::filesystem::path& out, const FigurePage& page,
                       const FigureRecord& record) {
  write_page(out, page.width, page.dpi, record, page.draw);
}

// Draws over an image of this many pixels; one point is one pixel, there are no margins.
void write_native(const std::filesystem::path& out, int width, int height,
                  const FigureRecord& record, const std::function<void(Canvas&)>& draw);

}  // namespace saccade
