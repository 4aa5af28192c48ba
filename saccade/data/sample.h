// What an image of a training set should be detected as: its cleaned boxes and labels.
#pragma once

#include <cstdint>
#include <span>
#include <vector>

#include "saccade/data/coco.h"
#include "saccade/image/resize.h"

namespace saccade {

// Corners in pixels of the picture as it is now; float32 throughout, as the official pipeline.
struct TargetBox {
  float x0 = 0, y0 = 0, x1 = 0, y1 = 0;
  bool operator==(const TargetBox&) const = default;
};

struct TargetObject {
  TargetBox box;
  std::int64_t label = 0;  // class index of the detector (official: the category id)
  float area = 0;          // pixels; the file's until a crop replaces it by the box's
  bool is_crowd = false;   // always false after prepare_target
  // Which of the image's annotations it is: its place in the span given to prepare_target.
  std::int32_t annotation = 0;
};

struct Target {
  RecordId image_id;
  ImageSize orig_size;  // of the image as decoded
  ImageSize size;       // of the picture as it is now
  std::vector<TargetObject> objects;
};

// The official cleaning (training.md 5): crowds are dropped, boxes become float32 corners, are clamped
// to the image and kept where both sides are positive. `annotations` are the image's;
// `class_of_category` is the class index by category index. An image may have no objects.
// Throws Error: an image without pixels, a category without a class, a number no float32 can hold.
Target prepare_target(std::span<const CocoAnnotation> annotations,
                      std::span<const std::int64_t> class_of_category, const RecordId& image_id,
                      ImageSize image);

}  // namespace saccade
