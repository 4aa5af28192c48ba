// Pillow's antialiased bilinear resize, bit for bit, and the official rule for the size.
#pragma once

#include "saccade/image/image.h"

namespace saccade {

struct ImageSize {
  int width = 0;
  int height = 0;
  bool operator==(const ImageSize&) const = default;
};

// What an image is resized to, pixels.
struct InputSize {
  int short_side = 800;
  int max_side = 1333;  // of the long side; 0: no bound
  // Both sides become multiples of this. A level's cells then cover the image exactly; otherwise the last ones
  // hang over its edge, and every normalised place on the level is off by up to a cell: much, on small images.
  // 1, the official rule: as they come.
  int multiple = 1;
  bool operator==(const InputSize&) const = default;
};

// Size of the network input: the short side becomes `short_side` unless the long one would pass
// `max_side`. Rounding as the official code's (training.md, "Resize rule"); then each side goes to the
// nearest multiple, down where it would pass `max_side`, and is never less than one.
// Throws Error when a side would become 0 or the result is too large.
ImageSize resized_size(ImageSize image, const InputSize& rule);
inline ImageSize resized_size(ImageSize image, int short_side, int max_side) {
  return resized_size(image, InputSize{short_side, max_side});
}

// As PIL.Image.resize(size, BILINEAR): a triangle filter widened when shrinking, in 8-bit fixed
// point, horizontal pass first, each side skipped when it does not change. Throws Error.
Image resize_bilinear(const Image& image, ImageSize size);

// What is wanted of a resize.
struct ResizeStep {
  ImageSize size;         // of the whole result
  PixelRect part;         // the pixels of the result that are made
  bool mirrored = false;  // left and right swapped before resizing

  // The whole result. A part has the pixels that cropping the whole result would give.
  static ResizeStep whole(ImageSize size, bool mirrored = false) {
    return {size, {0, 0, size.width, size.height}, mirrored};
  }
  ImageSize output() const { return {part.width, part.height}; }
  // Throws Error: a size without pixels or too large, a part that is not inside it.
  void check() const;
};

// resize_bilinear for what a step asks. Throws Error.
Image resize_part(const Image& image, const ResizeStep& step);

}  // namespace saccade
