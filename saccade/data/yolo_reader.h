// YOLO data sets: images, and beside each folder `images` one of `labels` with a text file per image.
#pragma once

#include <string>

#include "saccade/data/labelled_set.h"
#include "saccade/data/yolo_config.h"

namespace saccade {

// Reads all splits, or the one called `split`. Images without a label file are kept, without boxes, and
// counted; a file name is relative to its split's folder (for lists, to the folder `images`).
// Throws Error that names file and line; also where no image at all has labels.
LabelledSet read_yolo(const YoloConfig& config, const std::string& split);

}  // namespace saccade
