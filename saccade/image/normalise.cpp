// Normalisation as the last step of the vertical pass.
#include "saccade/image/normalise.h"

#include <array>

#include "saccade/image/decode.h"
#include "saccade/image/resize_rows.h"

namespace saccade {
namespace {

using Table = std::array<float, 256>;

std::array<Table, 3> make_tables() {
  std::array<Table, 3> tables{};
  for (int c = 0; c < 3; ++c) {
    for (int byte = 0; byte < 256; ++byte) {
      const float share = static_cast<float>(byte) / 255.0F;
      tables[c][byte] = (share - kChannelMean[c]) / kChannelDeviation[c];
    }
  }
  return tables;
}

// 1 / x as a float and what that float lacks.
void set_inverse(float x, float& inverse, float& rest) {
  inverse = 1.0F / x;
  rest = static_cast<float>(1.0 / static_cast<double>(x) - static_cast<double>(inverse));
}

ChannelNorm channel_norm(int channel) {
  ChannelNorm norm{.mean = kChannelMean[channel]};
  set_inverse(kChannelDeviation[channel], norm.deviation_inverse, norm.deviation_inverse_rest);
  set_inverse(255.0F, norm.byte_inverse, norm.byte_inverse_rest);
  norm.of_byte = normalised_bytes(channel);
  return norm;
}

}  // namespace

const float* normalised_bytes(int channel) {
  static const std::array<Table, 3> tables = make_tables();
  return tables[channel].data();
}

void resize_part_normalised(const Image& image, const ResizeStep& step, const FloatPlanes& planes) {
  const ResizeKernels& kernels = resize_kernels();
  const std::array norms{channel_norm(0), channel_norm(1), channel_norm(2)};
  resize_rows(image, step, kernels, [&](int y, int c, const RowTaps& taps) {
    float* to = planes.data + c * planes.plane_stride + y * planes.row_stride;
    kernels.down_to_floats(taps, step.part.width, norms[c], to);
  });
}

NormalisedImage decode_normalised(std::span<const std::byte> bytes, const std::string& name,
                                  bool apply_exif, const InputSize& size) {
  const Image image = decode_image(bytes, name, apply_exif);
  NormalisedImage out{.original = {image.width, image.height}};
  out.size = resized_size(out.original, size);
  const std::ptrdiff_t row = out.size.width;
  const std::ptrdiff_t plane = row * out.size.height;
  out.planes = std::make_unique_for_overwrite<float[]>(3 * plane);
  resize_normalised(image, out.size, {out.planes.get(), plane, row});
  return out;
}

}  // namespace saccade
