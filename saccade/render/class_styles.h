// Colours of classes in pictures of annotations, and their legend.
#pragma once

#include <cstdint>
#include <string>
#include <vector>

#include "saccade/render/canvas.h"

namespace saccade {

inline constexpr std::size_t kClassColors = 7;

// A class of the data set and how its boxes are drawn.
struct ClassStyle {
  std::string name;
  std::int64_t color_index = 0;  // the colour it has in other figures: class_color(color_index)
  std::int64_t boxes = 0;        // in the pictures shown; 0 keeps it out of the legend
  std::int64_t crowd = 0;        // crowd regions of it there
  Color color;
  bool distinct = true;  // no other class shown has its colour; else its boxes carry its name
};

// Sets color and distinct from color_index and boxes. Where no two of the classes shown share a colour
// each keeps the one it has in other figures. Otherwise hue would lie: the seven classes with most
// boxes get a colour each, all others are grey and not distinct.
void style_classes(std::vector<ClassStyle>& classes);

// How many classes are shown in grey.
std::size_t grey_classes(const std::vector<ClassStyle>& classes);

// A square with the class's colour; its baseline at `at`.
void draw_class_swatch(Canvas& canvas, PagePoint at, Color color);

// "[] vehicle (24)" and so on across `width`, at most `max_rows` rows and "and n more", with counts of
// boxes; then the grey classes and the sign of crowd regions where there are any. y is the top.
// Returns the lower end.
double draw_class_legend(Canvas& canvas, double y, double width,
                         const std::vector<ClassStyle>& classes, std::size_t max_rows);

}  // namespace saccade
