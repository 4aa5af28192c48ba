// Flip, crop and resize as one or two passes.
#include "saccade/data/augment.h"

#include "saccade/core/error.h"
#include "saccade/data/target_ops.h"

namespace saccade {
namespace {

void check_source(ImageSize size, const AppliedAugmentation& applied, const char* what) {
  if (size == applied.source) return;
  throw Error(text_of(what, " of ", size.width, " x ", size.height,
                      " pixels: the augmentation was drawn for ", applied.source.width, " x ",
                      applied.source.height));
}

// The flip happens while rows are read for the first resize, whichever that is.
ResizeStep first_step(const AppliedAugmentation& applied) {
  if (applied.cropped) return {applied.before_crop, applied.crop, applied.flipped};
  return ResizeStep::whole(applied.size, applied.flipped);
}

}  // namespace

Image augmented_image(const Image& image, const AppliedAugmentation& applied) {
  check_source({image.width, image.height}, applied, "an image");
  const Image first = resize_part(image, first_step(applied));
  return applied.cropped ? resize_bilinear(first, applied.size) : first;
}

void augmented_normalised(const Image& image, const AppliedAugmentation& applied,
                          const FloatPlanes& planes) {
  check_source({image.width, image.height}, applied, "an image");
  if (!applied.cropped) return resize_part_normalised(image, first_step(applied), planes);
  resize_normalised(resize_part(image, first_step(applied)), applied.size, planes);
}

Target augmented_target(Target target, const AppliedAugmentation& applied) {
  check_source(target.size, applied, "a target");
  if (applied.flipped) flip_target(target);
  if (applied.cropped) {
    resize_target(target, applied.before_crop);
    crop_target(target, applied.crop);
  }
  resize_target(target, applied.size);
  return target;
}

}  // namespace saccade
