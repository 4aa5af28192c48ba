// The label files of YOLO: one object per line, coordinates as fractions of the image.
#pragma once

#include <string>
#include <string_view>
#include <vector>

#include "saccade/data/labelled_set.h"

namespace saccade {

// How far a coordinate may lie outside 0 to 1 before it counts as a mistake.
constexpr double kYoloOvershoot = 1e-3;

// Parses `class x_center y_center width height` or `class x0 y0 x1 y1 x2 y2 ...` (an outline, whose box
// is the smallest around it). Boxes are clipped to the image and rounded to 1e-4 pixels; `clipped` counts
// those that lost more than the overshoot. Blank lines are passed over.
// Throws Error "NAME:LINE: ...": wrong number of columns, class not below `num_classes`, a coordinate that
// is no number or outside 0 to 1 by more than kYoloOvershoot, a box without area.
std::vector<LabelledBox> parse_yolo_labels(std::string_view text, const std::string& name,
                                           int num_classes, int width, int height,
                                           std::int64_t& clipped);

// The boxes of an image as such a file, nine significant digits.
std::string yolo_labels_text(const LabelledImage& image);

// Where tools look for the labels of an image: its last folder `images` becomes `labels`, its suffix
// `.txt`; beside the image where no folder has that name.
std::filesystem::path yolo_label_path(const std::filesystem::path& image);

}  // namespace saccade
