// What flipping, resizing and cropping a picture does to its target. Float32, as the official tensors.
#pragma once

#include <vector>

#include "saccade/data/sample.h"

namespace saccade {

// Left and right swapped: x0' = w - x1, x1' = w - x0.
void flip_target(Target& target);

// Boxes by the exact ratio of new to old side per axis, areas by the product of the ratios.
// Throws Error when either size has no pixels or too many.
void resize_target(Target& target, ImageSize size);

// Boxes shifted and clipped to the rectangle; area becomes the clipped box's; an object with no extent
// left in either axis is removed, however little of the others is visible (peculiarities C25).
// Throws Error when the rectangle is empty or not inside target.size.
void crop_target(Target& target, const PixelRect& rect);

// Centre and size as a share of target.size, what the network is trained on.
struct BoxCxcywh {
  float cx = 0, cy = 0, width = 0, height = 0;
};
BoxCxcywh normalised_box(const TargetBox& box, ImageSize size);

}  // namespace saccade
