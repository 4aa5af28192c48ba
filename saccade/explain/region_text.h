// Polygons and places as text, in pixels: (x,y,w,h) of a rectangle, or the corners, (10 20;200 20;90 150).
#pragma once

#include <array>
#include <string>
#include <vector>

#include "saccade/explain/text_cursor.h"

namespace saccade {

// Reads ".region(...)": 3 to 10,000 corners. Throws UsageError.
std::vector<std::array<double, 2>> read_region(TextCursor& cursor);

// ".region(x y;x y;x y)".
std::string region_text(const std::vector<std::array<double, 2>>& polygon);

// Reads "(x,y)" or "(x y;x y)": 1 to 10,000 places. Throws UsageError.
std::vector<std::array<double, 2>> read_places(TextCursor& cursor);

// "(x,y)" of one place, "(x y;x y)" of several.
std::string places_text(const std::vector<std::array<double, 2>>& places);

// The shortest plain decimal that reads back to the same number, whatever the locale.
std::string decimal_text(double number);

}  // namespace saccade
