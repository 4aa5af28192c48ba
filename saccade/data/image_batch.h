// The images of a planned batch as the tensor a network reads.
#pragma once

#include <ATen/core/Tensor.h>

#include <filesystem>
#include <string>
#include <vector>

#include "saccade/data/batch_plan.h"
#include "saccade/data/coco.h"

namespace saccade {

// An image that could not be read, and why.
struct BrokenImage {
  int image = 0;  // index into the data set
  std::string message;
};

struct LoadedBatch {
  std::vector<int> images;          // those that could be read; row i of `pixels` is images[i]
  std::vector<ImageSize> original;  // their sizes before resizing
  at::Tensor pixels;                // [N, 3, H, W] float32, normalised
  std::vector<BrokenImage> broken;
};

// Decodes (EXIF ignored, as for any data set), resizes and normalises. A file that cannot be read is
// told in `broken`, not thrown. `memory` says which of the CPU's memory the pixels lie in (pinned or not).
LoadedBatch load_batch(const CocoDataSet& data, const std::filesystem::path& images,
                       const PlannedBatch& batch, const at::TensorOptions& memory = {});

}  // namespace saccade
