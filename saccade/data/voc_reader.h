// Pascal VOC data sets: Annotations/*.xml, JPEGImages/, ImageSets/Main/*.txt.
#pragma once

#include <filesystem>
#include <string>

#include "saccade/data/labelled_set.h"

namespace saccade {

struct VocSource {
  std::filesystem::path root;    // holds Annotations/
  std::filesystem::path images;  // empty: JPEGImages/ of the root
  std::string split;         // a list of ImageSets/Main; empty: train, val and test, or trainval
  bool one_based = false;    // see voc_annotation.h
  bool needs_images = true;  // their files must exist
};

// Classes are the names of all annotation files in alphabetical order, so each split has the same; an
// object marked difficult is `ignored`. Without lists every annotation file belongs to one split,
// called `split` or "train". Boxes are clipped to the image and those that lost a pixel counted.
// Throws Error that names file and line: see voc_annotation.h; a listed image without annotation file; an
// image that is missing; a box outside its image.
LabelledSet read_voc(const VocSource& source);

}  // namespace saccade
