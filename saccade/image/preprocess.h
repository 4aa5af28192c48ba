// From RGB pixels to the tensor a backbone reads.
#pragma once

#include <ATen/core/Tensor.h>

#include <vector>

#include "saccade/image/image.h"
#include "saccade/image/resize.h"

namespace saccade {

// ToTensor and Normalize with ImageNet's mean and deviation: float32 [3, H, W].
at::Tensor to_normalised(const Image& image);

// to_normalised of resize_bilinear(image, size), bit for bit, in one pass: float32 [3, H, W].
// Throws Error as resize_bilinear.
at::Tensor resize_to_normalised(const Image& image, ImageSize size);

// Images of different sizes in one tensor (model.md 1).
struct ImageBatch {
  at::Tensor pixels;  // [N, 3, H, W], zero filled to the largest height and width
  at::Tensor mask;    // [N, H, W] bool, true = padding
};

// Each of `images` is [3, h, w]; at least one. Throws Error on other shapes.
ImageBatch collate(const std::vector<at::Tensor>& images);

// collate of one image, without a copy.
ImageBatch batch_of_one(const at::Tensor& image);

}  // namespace saccade
