// Two pages of the same kind in one figure.
#include "saccade/render/compared_pages.h"

#include <algorithm>

#include "saccade/render/page_layout.h"

namespace saccade {
namespace {

constexpr double kTitleHeight = 14;

// A title over a page; returns the height of both.
double draw_titled(Canvas& canvas, PagePoint at, double width, const std::string& title,
                   const FigurePage& page) {
  draw_heading(canvas, at.x + kMargin, at.y + 11, width - 2 * kMargin, title);
  canvas.line({at.x + kMargin, at.y + kTitleHeight}, {at.x + width - kMargin, at.y + kTitleHeight},
              {kHair, 0.4});
  return kTitleHeight + canvas.inset({at.x, at.y + kTitleHeight}, width, page.draw);
}

double draw_both(Canvas& canvas, const ComparedPages& pages) {
  const double width = canvas.width();
  if (std::max(pages.a.width, pages.b.width) > kColumnWidth) {
    const double below = draw_titled(canvas, {}, width, pages.title_a, pages.a);
    return below + draw_titled(canvas, {0, below}, width, pages.title_b, pages.b);
  }
  const double half = width / 2;
  const double left = draw_titled(canvas, {}, half, pages.title_a, pages.a);
  const double right = draw_titled(canvas, {half, 0}, half, pages.title_b, pages.b);
  const double height = std::max(left, right);
  canvas.line({half, kMargin}, {half, height - kMargin}, {kHair, 0.4});
  return height;
}

}  // namespace

void write_compared_pages(const ComparedPages& pages, const std::filesystem::path& out,
                          const FigureRecord& record) {
  write_page(out, kDoubleWidth, std::max(pages.a.dpi, pages.b.dpi), record, [&](Canvas& canvas) {
    return draw_caption(canvas, draw_both(canvas, pages), pages.caption);
  });
}

}  // namespace saccade
