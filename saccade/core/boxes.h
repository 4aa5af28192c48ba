// Boxes and detections as plain numbers.
#pragma once

#include <cstdint>
#include <string>
#include <vector>

namespace saccade {

// Corners in pixels of the original image; x to the right, y down.
struct BoxXyxy {
  double x0 = 0, y0 = 0, x1 = 0, y1 = 0;

  double width() const { return x1 - x0; }
  double height() const { return y1 - y0; }
  double area() const { return width() * height(); }
};

// Intersection over union; 0 where both boxes are empty.
double box_iou(const BoxXyxy& a, const BoxXyxy& b);

// The part of `box` inside an image of this size.
BoxXyxy clip_box(const BoxXyxy& box, double width, double height);

// One row of a detector's result.
struct Detection {
  int query = 0;                 // decoder query it came from, 0 to Q - 1
  int label = 0;                 // class index, 0 to K - 1
  std::int64_t category_id = 0;  // the data set's id of that class
  double score = 0;              // sigmoid (Deformable DETR) or softmax (DETR), 0 to 1
  BoxXyxy box;                   // pixels of the original image, not clipped to it
};

}  // namespace saccade
