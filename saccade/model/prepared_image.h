// One image, decoded and as the network wants it.
#pragma once

#include <ATen/core/Tensor.h>

#include "saccade/image/image.h"
#include "saccade/image/resize.h"
#include "saccade/model/attention_hook.h"

namespace saccade {

struct PreparedImage {
  Image image;        // original pixels
  at::Tensor pixels;  // [1, 3, h, w] normalised
  at::Tensor mask;    // [1, h, w] bool, false: nothing is padding

  int input_width() const { return static_cast<int>(pixels.size(3)); }
  int input_height() const { return static_cast<int>(pixels.size(2)); }
  OriginalSize original() const {
    return {static_cast<double>(image.width), static_cast<double>(image.height)};
  }
};

// Resized as `size` says and normalised. Throws Error as resized_size.
PreparedImage prepare_image(Image image, const InputSize& size);

}  // namespace saccade
