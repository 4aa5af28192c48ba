// YOLO data sets as Ultralytics lays them out: data.yaml, images/SPLIT/, labels/SPLIT/.
#pragma once

#include <filesystem>
#include <string>

#include "saccade/data/labelled_set.h"

namespace saccade {

// data.yaml of the splits, with class names by index and `comment` on its first line. Without `path`, so
// that the folder may be moved. Ultralytics wants both `train` and `val`: one that is missing is written
// without a value. Split names that begin with train, val or test (train2017) stand under those keys.
// Throws Error where two splits would stand under one key.
std::string yolo_config_text(const LabelledSet& set, const std::string& comment);

// Writes data.yaml and a label file per image, empty where it has no boxes (an image without objects).
// Throws Error; also where two images (a.jpg, a.png) would share a label file.
void write_yolo(const LabelledSet& set, const std::filesystem::path& out,
                const std::string& comment);

}  // namespace saccade
