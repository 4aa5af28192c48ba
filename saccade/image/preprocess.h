// From RGB pixels to the tensor a backbone reads.
#pragma once

#include <ATen/core/Tensor.h>

#include <vector>

#include "saccade/image/image.h"

namespace saccade {

// ToTensor and Normalize with ImageNet's mean and deviation: float32 [3, H, W].
at::Tensor to_normalised(const Image& image);

// Images of different sizes in one tensor (model.md 1).
struct ImageBatch {
  at::Tensor pixels;  // [N, 3, H, W], zero filled to the largest height and width
  at::Tensor mask;    // [N, H, W] bool, true = padding
};

// Each of `images` is [3, h, w]; at least one. Throws Error on other shapes.
ImageBatch collate(const std::vector<at::Tensor>& images);

}  // namespace saccade
