// Annotations to targets.
#include "saccade/data/sample.h"

#include <algorithm>
#include <cmath>
#include <limits>

#include "saccade/core/error.h"
#include "saccade/image/decode.h"

namespace saccade {
namespace {

std::string place_of(const CocoAnnotation& annotation, const RecordId& image_id) {
  return text_of("annotation ", id_text(annotation.id), " of image ", id_text(image_id));
}

// Width and height are added in float32, after rounding: so do the official tensors.
TargetBox clamped_corners(const BoxXywh& box, ImageSize image) {
  const auto x = static_cast<float>(box.x);
  const auto y = static_cast<float>(box.y);
  const auto width = static_cast<float>(image.width);
  const auto height = static_cast<float>(image.height);
  return {std::clamp(x, 0.0F, width), std::clamp(y, 0.0F, height),
          std::clamp(x + static_cast<float>(box.width), 0.0F, width),
          std::clamp(y + static_cast<float>(box.height), 0.0F, height)};
}

std::int64_t label_of(const CocoAnnotation& annotation,
                      std::span<const std::int64_t> class_of_category, const RecordId& image_id) {
  const std::int32_t category = annotation.category;
  const bool known = category >= 0 && static_cast<std::size_t>(category) < class_of_category.size();
  if (known && class_of_category[category] >= 0) return class_of_category[category];
  throw Error(text_of(place_of(annotation, image_id), ": category index ", category,
                      " has no class; ", class_of_category.size(), " categories are known"));
}

void check_finite(const CocoAnnotation& annotation, const RecordId& image_id) {
  const BoxXywh& box = annotation.box;
  for (const double number : {box.x, box.y, box.width, box.height, annotation.area}) {
    if (!(std::abs(number) <= std::numeric_limits<float>::max())) {
      throw Error(
          text_of(place_of(annotation, image_id), ": bbox or area holds ", number,
                  ", expected numbers of float32; correct the file or drop the annotation"));
    }
  }
}

}  // namespace

Target prepare_target(std::span<const CocoAnnotation> annotations,
                      std::span<const std::int64_t> class_of_category, const RecordId& image_id,
                      ImageSize image) {
  check_image_size(image.width, image.height, text_of("image ", id_text(image_id)));
  Target target{.image_id = image_id, .orig_size = image, .size = image};
  for (std::size_t i = 0; i < annotations.size(); ++i) {
    const CocoAnnotation& annotation = annotations[i];
    if (annotation.is_crowd) continue;
    check_finite(annotation, image_id);
    const TargetBox box = clamped_corners(annotation.box, image);
    if (!(box.x1 > box.x0 && box.y1 > box.y0)) continue;
    target.objects.push_back({box, label_of(annotation, class_of_category, image_id),
                              static_cast<float>(annotation.area), false,
                              static_cast<std::int32_t>(i)});
  }
  return target;
}

}  // namespace saccade
