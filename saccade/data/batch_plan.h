// Which images go through the network together.
#pragma once

#include <vector>

#include "saccade/image/resize.h"

namespace saccade {

struct PlannedBatch {
  std::vector<int> images;  // indices into the data set
  ImageSize input;          // what each of them is resized to, pixels
};

// Batches of at most `batch_size` images that all have the same network input: nothing is padded, so
// an image's result does not depend on who shares its batch. Largest input first: what does not fit
// into memory fails at once. `sizes[i]` is the size of image `images[i]`; the network input is
// resized_size of it. Throws Error (sizes out of range).
std::vector<PlannedBatch> plan_batches(const std::vector<int>& images,
                                       const std::vector<ImageSize>& sizes, int batch_size,
                                       const InputSize& size);

}  // namespace saccade
