// What all pages share.
#include "saccade/render/page_layout.h"

#include <algorithm>
#include <cmath>

#include "saccade/core/error.h"
#include "saccade/render/text_layout.h"

namespace saccade {

double draw_title(Canvas& canvas, std::string_view title, std::string_view subtitle) {
  constexpr double kGap = 8, kBaseline = 11.4, kPanelTop = 16.2;
  const double width = canvas.width() - 2 * kMargin;
  const std::string left = shorten_text(title, width, kTitleSize, true);
  canvas.text({kMargin, kBaseline}, left, {kTitleSize, true});
  const double room = width - kGap - text_width(left, kTitleSize, true);
  canvas.text({kMargin + width, kBaseline}, shorten_text(subtitle, room, kSubtitleSize),
              {kSubtitleSize, false, kInk2, TextAlign::kRight});
  return kPanelTop;
}

void draw_heading(Canvas& canvas, double x, double baseline, double width, std::string_view heading,
                  std::string_view note, bool bold) {
  constexpr double kGap = 3;
  const double size = bold ? kHeadingSize : kLegendSize;
  const std::string left = shorten_text(heading, width, size, bold);
  canvas.text({x, baseline}, left, {size, bold});
  const double room = width - kGap - text_width(left, size, bold);
  canvas.text({x + width, baseline}, shorten_text(note, room, kSubtitleSize),
              {kSubtitleSize, false, kInk2, TextAlign::kRight});
}

double draw_two_columns(
    Canvas& canvas, double y, std::size_t count, std::string_view more,
    const std::function<void(std::size_t i, PagePoint at, double width)>& draw_row) {
  constexpr std::size_t kMostRows = 20;
  constexpr double kUnderRow = 1.4, kNames = 18;
  const double width = (canvas.width() - 2 * kMargin) / 2;
  const std::size_t shown = std::min(count, 2 * kMostRows);
  for (std::size_t i = 0; i < shown; ++i)
    draw_row(i,
             {kMargin + static_cast<double>(i % 2) * width,
              y + static_cast<double>(i / 2 + 1) * kListRow - kUnderRow},
             width);
  y += static_cast<double>((shown + 1) / 2) * kListRow;
  if (shown == count) return y;
  canvas.text({kMargin + kNames, y + kListRow - kUnderRow},
              text_of("and ", count - shown, " ", more), {kLegendSize, false, kInk2});
  return y + kListRow;
}

double draw_caption(Canvas& canvas, double y, std::string_view caption) {
  const double width = canvas.width() - 2 * kMargin;
  canvas.line({kMargin, y}, {kMargin + width, y}, {kHair, 0.4});
  double baseline = y + 8.3;
  for (const std::string& line : wrap_text(caption, width, kCaptionSize)) {
    canvas.text({kMargin, baseline}, line, {kCaptionSize, false, kInk2});
    baseline += kCaptionLine;
  }
  return baseline - kCaptionLine + 2 + kMargin;
}

std::string caption_end(const FigurePhoto& photo) {
  const bool brightened = brightening_gain(*photo.image) > 1;
  std::string text;
  if (!photo.file.empty())
    text += text_of(photo.file, brightened ? ", brightened under the marks." : ".");
  if (!photo.model.empty()) text += text_of(text.empty() ? "" : " ", "Model: ", photo.model, ".");
  return text;
}

PhotoView whole_photo(const Image& photo, double x, double y, double width) {
  const double w = photo.width, h = photo.height;
  const double height = std::min(width * h / w, width * kMaxPortrait);
  const double used = height * w / h;
  return {{0, 0, w, h}, {x + (width - used) / 2, y, used, height}};
}

void draw_photo(Canvas& canvas, const PhotoView& view, const Image& photo,
                const PhotoTreatment& treatment, const std::function<void(Image&)>& over) {
  if (canvas.measuring()) return;
  const PageRect rect = canvas.snapped(view.rect);
  const auto [width, height] = canvas.pixels(rect);
  Image pixels = crop_photo(photo, view.crop, width, height);
  treat_photo(pixels, treatment);
  if (over) over(pixels);
  canvas.image(rect, pixels);
}

void draw_panel_border(Canvas& canvas, const PageRect& rect) { canvas.stroke(rect, {kHair, 0.4}); }

PhotoTreatment under_marks(const Image& photo, PhotoTreatment treatment) {
  const double gain = brightening_gain(photo);
  treatment.brightness *= gain;
  return treatment;
}

}  // namespace saccade
