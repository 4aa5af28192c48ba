// Boxes as plain numbers: overlap and clipping.
#include "saccade/core/boxes.h"

#include <algorithm>

namespace saccade {

double box_iou(const BoxXyxy& a, const BoxXyxy& b) {
  const double w = std::min(a.x1, b.x1) - std::max(a.x0, b.x0);
  const double h = std::min(a.y1, b.y1) - std::max(a.y0, b.y0);
  const double inter = std::max(w, 0.0) * std::max(h, 0.0);
  const double both = a.area() + b.area() - inter;
  return both > 0 ? inter / both : 0.0;
}

BoxXyxy clip_box(const BoxXyxy& box, double width, double height) {
  return {std::clamp(box.x0, 0.0, width), std::clamp(box.y0, 0.0, height),
          std::clamp(box.x1, 0.0, width), std::clamp(box.y1, 0.0, height)};
}

}  // namespace saccade
