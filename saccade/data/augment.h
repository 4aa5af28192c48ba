// Carries an augmentation out on pixels and on the target.
#pragma once

#include "saccade/data/augmentation.h"
#include "saccade/data/sample.h"
#include "saccade/image/image.h"
#include "saccade/image/normalise.h"

namespace saccade {

// The picture as PIL makes it: flip, resize, crop, resize on 8-bit pixels. Only the part of the first
// resize that the crop keeps is computed.
// Throws Error when `image` is not of size applied.source.
Image augmented_image(const Image& image, const AppliedAugmentation& applied);

// augmented_image, normalised, in one pass with the last resize; writes applied.size pixels of each
// plane and nothing else. Throws Error as augmented_image.
void augmented_normalised(const Image& image, const AppliedAugmentation& applied,
                          const FloatPlanes& planes);

// The target of that picture: boxes in its pixels. Throws Error when target.size is not applied.source.
Target augmented_target(Target target, const AppliedAugmentation& applied);

}  // namespace saccade
