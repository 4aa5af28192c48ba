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

// What a person changes of the official pipeline; 0 leaves it as it is.
struct AugmentationChange {
  int min_side = 0, max_side = 0;  // short sides are drawn evenly from these and all between
  double crop_part = 0;            // AugmentationOptions::min_crop_part
};

// The official training pipeline (training.md 5.1), all lengths in pixels.
struct AugmentationOptions {
  double flip_probability = 0.5;
  std::vector<int> short_sides{480, 512, 544, 576, 608, 640, 672, 704, 736, 768, 800};
  int max_side = 1333;  // of the long side; 0: no bound
  int multiple = 1;     // of both sides of what the network gets
  double crop_probability = 0.5;
  std::vector<int> short_sides_before_crop{400, 500, 600};  // long side unbounded
  int min_crop = 384, max_crop = 600;                       // sides of the crop
  // Above 0: no resize before the crop, which takes the same part of both sides of the source, drawn
  // evenly from min_crop_part to 1. For pictures hardly larger than what the network gets.
  double min_crop_part = 0;

  // The same around another short side than 800: every length times short_side / 800, rounded, at
  // least 1; `max_side` and `multiple` as given; then what `change` says. Throws Error.
  static AugmentationOptions scaled_to(const InputSize& size,
                                       const AugmentationChange& change = {});
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
AppliedAugmentation evaluation_resize(ImageSize source, const InputSize& size = {});

}  // namespace saccade
