// Images with boxes and class names, as every annotation format has them: what the converters read into
// and write from.
#pragma once

#include <cstdint>
#include <filesystem>
#include <string>
#include <vector>

#include "saccade/data/coco.h"

namespace saccade {

struct LabelledBox {
  int category = 0;             // index into LabelledSet::categories
  BoxXywh box;                  // pixels of the image
  std::vector<double> outline;  // x0, y0, x1, y1, ... in pixels; empty: none
  bool ignored = false;         // not to be counted as missed: VOC's "difficult"
};

struct LabelledImage {
  std::string file_name;       // relative to the folder of the split's images; may have sub-folders
  std::filesystem::path file;  // where it lies
  int width = 0, height = 0;   // pixels, as stored
  std::vector<LabelledBox> boxes;

  std::string name() const { return file.empty() ? file_name : file.string(); }
};

struct LabelledSplit {
  std::string name;  // "train", "val", ...
  std::vector<LabelledImage> images;

  std::int64_t num_boxes() const;
};

struct LabelledSet {
  std::vector<std::string> categories;
  std::vector<LabelledSplit> splits;

  // What the user should know of the reading.
  std::int64_t clipped = 0;            // boxes that reached over an edge of their image
  std::int64_t crowds_left_out = 0;    // crowd regions, which YOLO cannot tell
  std::int64_t empty_left_out = 0;     // boxes without area inside their image
  std::int64_t outlines_left_out = 0;  // of objects whose box was kept
  std::int64_t without_labels = 0;     // images that have no label file
  std::int64_t turned = 0;             // images whose EXIF orientation turns them
};

// The part of `box` inside an image of this size; counts it in `clipped` where it is smaller by more than
// `tolerance` pixels at any edge.
BoxXywh clip_to_image(const BoxXywh& box, int width, int height, double tolerance,
                      std::int64_t& clipped);

// `name` as a path that stays below the folder it is appended to. Throws Error that starts with `where`.
std::filesystem::path path_below(const std::string& name, const std::string& where);

// `text` if it is UTF-8 of characters alone: code points such as U+FFFF, which stand for none, are kept by no writer.
// Throws Error that starts with `where`.
const std::string& checked_utf8(const std::string& text, const std::string& where);

}  // namespace saccade
