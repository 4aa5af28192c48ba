// One annotation file of Pascal VOC (Annotations/*.xml).
#pragma once

#include <filesystem>
#include <string>
#include <vector>

#include "saccade/data/coco.h"

namespace saccade {

struct VocObject {
  std::string name;
  BoxXywh box;  // pixels
  bool difficult = false;
};

struct VocAnnotation {
  std::string file_name;  // as the file says; empty where it does not
  int width = 0, height = 0;
  std::vector<VocObject> objects;
};

// Reads size, names and boxes; parts, poses and everything else is passed over. width = xmax - xmin; with
// `one_based`, pixels count from 1 and xmax belongs to the box (the original VOC): x = xmin - 1 and
// width = xmax - xmin + 1.
// Throws Error that starts with `name` and, for objects, their position: no XML, an encoding other than UTF-8,
// UTF-16, UTF-32 or ISO-8859-1, no size, no name, no bndbox, a coordinate that is no number, xmax < xmin.
VocAnnotation parse_voc_annotation(const std::string& xml, const std::string& name, bool one_based);

// parse_voc_annotation of a file.
VocAnnotation read_voc_annotation(const std::filesystem::path& path, bool one_based);

}  // namespace saccade
