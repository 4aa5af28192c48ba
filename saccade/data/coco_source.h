// COCO annotation files as the source of a conversion.
#pragma once

#include <filesystem>
#include <string>

#include "saccade/data/labelled_set.h"

namespace saccade {

struct CocoSource {
  std::filesystem::path path;  // an annotation file, or a folder with annotations/instances_*.json
  std::filesystem::path images;  // empty: found beside the annotations
  std::string split;             // the one to read; empty: all. Of a file: what to call it
  bool needs_images = true;      // their files must exist
};

// Reads boxes and classes; classes are in the order of their ids and must be the same in every file.
// The split of instances_val2017.json is called val2017. Its images are looked for in ROOT/val2017,
// ROOT/images/val2017, ROOT/images, ROOT and the other folders in it, where ROOT/annotations (or ROOT)
// holds the file.
// Crowd regions are left out and counted, outlines counted, boxes clipped to the image; one without area
// there is left out and counted.
// Throws Error: see load_whole_coco; an image without size; image files that are not found.
LabelledSet read_coco_source(const CocoSource& source);

}  // namespace saccade
