// Boxes follow their picture.
#include "saccade/data/target_ops.h"

#include <algorithm>

#include "saccade/core/error.h"
#include "saccade/image/decode.h"

namespace saccade {

void flip_target(Target& target) {
  const auto width = static_cast<float>(target.size.width);
  for (TargetObject& object : target.objects) {
    const TargetBox box = object.box;
    object.box.x0 = width - box.x1;
    object.box.x1 = width - box.x0;
  }
}

void resize_target(Target& target, ImageSize size) {
  check_image_size(target.size.width, target.size.height, "target to resize");
  check_image_size(size.width, size.height, "resize of a target");
  const double across = static_cast<double>(size.width) / target.size.width;
  const double down = static_cast<double>(size.height) / target.size.height;
  const auto x_ratio = static_cast<float>(across);
  const auto y_ratio = static_cast<float>(down);
  const auto area_ratio = static_cast<float>(across * down);
  for (TargetObject& object : target.objects) {
    const TargetBox& box = object.box;
    object.box = {box.x0 * x_ratio, box.y0 * y_ratio, box.x1 * x_ratio, box.y1 * y_ratio};
    object.area *= area_ratio;
  }
  target.size = size;
}

void crop_target(Target& target, const PixelRect& rect) {
  ResizeStep{target.size, rect}.check();
  const auto left = static_cast<float>(rect.x);
  const auto top = static_cast<float>(rect.y);
  const auto width = static_cast<float>(rect.width);
  const auto height = static_cast<float>(rect.height);
  for (TargetObject& object : target.objects) {
    const TargetBox& box = object.box;
    object.box = {std::clamp(box.x0 - left, 0.0F, width), std::clamp(box.y0 - top, 0.0F, height),
                  std::clamp(box.x1 - left, 0.0F, width), std::clamp(box.y1 - top, 0.0F, height)};
    object.area = (object.box.x1 - object.box.x0) * (object.box.y1 - object.box.y0);
  }
  std::erase_if(target.objects, [](const TargetObject& object) {
    return !(object.box.x1 > object.box.x0 && object.box.y1 > object.box.y0);
  });
  target.size = {rect.width, rect.height};
}

BoxCxcywh normalised_box(const TargetBox& box, ImageSize size) {
  const auto width = static_cast<float>(size.width);
  const auto height = static_cast<float>(size.height);
  return {(box.x0 + box.x1) / 2 / width, (box.y0 + box.y1) / 2 / height, (box.x1 - box.x0) / width,
          (box.y1 - box.y0) / height};
}

}  // namespace saccade
