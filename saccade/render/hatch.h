// Hatching of regions: lines at 45 degrees that stop at the region's border.
#pragma once

#include <functional>

#include "saccade/render/canvas.h"

namespace saccade {

// Whether a place on the page is inside the region; null: everywhere in the rectangle.
using InsideRegion = std::function<bool(PagePoint)>;

// The pieces of the lines x + y = n * spacing inside `rect` where `inside` holds, each from its lower
// left to its upper right end. Lines of neighbouring rectangles meet.
std::vector<std::pair<PagePoint, PagePoint>> hatch_lines(const PageRect& rect, double spacing,
                                                         const InsideRegion& inside);

// Coloured lines on dark ones; open enough to see what lies below.
inline constexpr double kRegionHatch = 4, kSwatchHatch = 2;  // points between lines, along x
void draw_hatch(Canvas& canvas, const PageRect& rect, double spacing, Color color,
                const InsideRegion& inside);

// Thin dark lines on light colours, wide enough apart for a number.
void draw_fine_hatch(Canvas& canvas, const PageRect& rect);

}  // namespace saccade
