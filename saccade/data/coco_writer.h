// COCO annotation files as text.
#pragma once

#include <string>

#include "saccade/data/labelled_set.h"

namespace saccade {

// Area of the polygon x0, y0, x1, y1, ...; of either orientation.
double polygon_area(const std::vector<double>& outline);

// A split as an instances file: info (with `command`), licenses, images, annotations, categories; ids from
// 1 in the order of the set. `area` is that of the outline, or width * height; `iscrowd` is 0. An ignored
// box has `"ignore": 1`, which pycocotools overwrites (it counts there like any other) and others honour.
std::string coco_annotations_text(const LabelledSet& set, const LabelledSplit& split,
                                  const std::string& command);

}  // namespace saccade
