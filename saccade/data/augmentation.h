// What is done to one image before the network sees it: drawn from its size alone, before any pixel is
// read, so that a batch's shape is known in advance.
#pragma once

#include <cstdint>
#include <string>
#include <vector>

#include "saccade/core/boxes.h"
#include "saccade/core/json_writer.h"
#include "saccade/core/random.h"
#include "saccade/image/resize.h"

namespace saccade {

// The official training pipeline (training.md 5.1), all lengths in pixels.
struct AugmentationOptions {
  double flip_probability = 0.5;
  std::vector<int> short_sides{480, 512, 544, 576, 608, 640, 672, 704, 736, 768, 800};
  int max_side = 1333;  // of the long side; 0: no bound
  double crop_probability = 0.5;
  std::vector<int> short_sides_before_crop{400, 500, 600};  // long side unbounded
  int min_crop = 384, max_crop = 600;                       // sides of the crop

  // The same around another short side than 800: every length times short_side / 800, rounded, at
  // least 1; `max_side` as given. Throws Error.
  static AugmentationOptions scaled_to(int short_side, int max_side);
  void check() const;  // throws Error and names the field
};

// Flip, then either one resize or resize, crop and resize.
struct AppliedAugmentation {
  ImageSize source;  // as decoded
  bool flipped = false;
  bool cropped = false;
  // Where cropped: size after the first resize, and the crop in pixels of that picture.
  ImageSize before_crop;
  PixelRect crop;
  ImageSize size;  // what the network gets, padding aside

  // The part of the source that is seen, in its own pixels and not flipped.
  BoxXyxy seen() const;
  // "flipped, resized to 667 x 500, cropped to 400 x 384 at (12, 40), resized to 833 x 800"
  std::string caption() const;
  void write(JsonWriter& json) const;  // one object, all fields and `seen`
};

// The generator of one image of one epoch: whichever thread draws, and in which order, the image gets
// the same.
Random augmentation_random(std::uint64_t seed, std::uint64_t epoch, std::uint64_t image);

// Throws Error: options out of range, a source so narrow that a side would vanish or pass the limit on
// pixels. Where a side is shorter than min_crop the crop takes all of it (peculiarities C24).
AppliedAugmentation draw_augmentation(const AugmentationOptions& options, ImageSize source,
                                      Random& random);

// Evaluation: one resize, nothing drawn. Official: 800, 1333. Throws Error as resized_size.
AppliedAugmentation evaluation_resize(ImageSize source, int short_side = 800, int max_side = 1333);

}  // namespace saccade
