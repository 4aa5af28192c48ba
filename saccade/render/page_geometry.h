// Places on a page: points (1 pt = 1/72 inch), x to the right, y down.
#pragma once

#include "saccade/core/boxes.h"

namespace saccade {

struct PagePoint {
  double x = 0, y = 0;
};

struct PageRect {
  double x = 0, y = 0, width = 0, height = 0;

  double right() const { return x + width; }
  double bottom() const { return y + height; }
  PagePoint centre() const { return {x + width / 2, y + height / 2}; }
  // Larger by `by` on every side; smaller where `by` is negative.
  PageRect grown(double by) const { return {x - by, y - by, width + 2 * by, height + 2 * by}; }
  bool contains(const PagePoint& p) const {
    return p.x >= x && p.x <= right() && p.y >= y && p.y <= bottom();
  }
  bool overlaps(const PageRect& o) const {
    return x < o.right() && o.x < right() && y < o.bottom() && o.y < bottom();
  }
};

// Which part of a photograph a panel shows, and where.
struct PhotoView {
  BoxXyxy crop;   // pixels of the photograph
  PageRect rect;  // the panel

  // Page points per pixel of the photograph.
  double scale() const { return rect.width / crop.width(); }
  PagePoint to_page(double x, double y) const {
    return {rect.x + (x - crop.x0) * scale(), rect.y + (y - crop.y0) * rect.height / crop.height()};
  }
  PageRect to_page(const BoxXyxy& box) const {
    const PagePoint a = to_page(box.x0, box.y0), b = to_page(box.x1, box.y1);
    return {a.x, a.y, b.x - a.x, b.y - a.y};
  }
};

}  // namespace saccade
