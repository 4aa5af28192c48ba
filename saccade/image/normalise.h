// From RGB pixels to the floats a backbone reads, without tensors: one pass that resizes as well.
#pragma once

#include <cstddef>
#include <memory>
#include <span>
#include <string>

#include "saccade/image/image.h"
#include "saccade/image/resize.h"

namespace saccade {

// ImageNet's mean and standard deviation of R, G, B in [0, 1].
constexpr float kChannelMean[3] = {0.485F, 0.456F, 0.406F};
constexpr float kChannelDeviation[3] = {0.229F, 0.224F, 0.225F};

// (byte / 255 - mean) / deviation, each step rounded to float32: [256] of one channel.
const float* normalised_bytes(int channel);

// Where float planes lie: channel c, row y, column x at data[c * plane_stride + y * row_stride + x].
// Strides in floats, so an image can be written into its corner of a padded batch.
struct FloatPlanes {
  float* data = nullptr;
  std::ptrdiff_t plane_stride = 0;
  std::ptrdiff_t row_stride = 0;
};

// resize_part, then normalised, bit for bit; writes step.output() pixels of each plane and nothing
// else. A size equal to the image's only normalises. Throws Error as resize_part.
void resize_part_normalised(const Image& image, const ResizeStep& step, const FloatPlanes& planes);
inline void resize_normalised(const Image& image, ImageSize size, const FloatPlanes& planes) {
  resize_part_normalised(image, ResizeStep::whole(size), planes);
}

// An image as the network wants it.
struct NormalisedImage {
  ImageSize original;               // as decoded
  ImageSize size;                   // of the planes
  std::unique_ptr<float[]> planes;  // [3, height, width]
};

// Decodes a JPEG or PNG, resizes by the official rule (resized_size) and normalises. Throws Error as
// decode_image and resized_size.
NormalisedImage decode_normalised(std::span<const std::byte> bytes, const std::string& name,
                                  bool apply_exif, const InputSize& size);

}  // namespace saccade
