// Maps between tensors and plain numbers.
#include "saccade/study/tensor_map.h"

#include <ATen/ATen.h>

namespace saccade {

SaliencyMap plain_map(const at::Tensor& map) {
  const at::Tensor values = map.detach().to(at::kCPU, at::kDouble).contiguous();
  const double* const first = values.const_data_ptr<double>();
  return {.width = static_cast<int>(values.size(1)),
          .height = static_cast<int>(values.size(0)),
          .values = {first, first + values.numel()}};
}

SaliencyMap resized_map(const SaliencyMap& map, int width, int height) {
  map.check();
  const at::Tensor values = at::tensor(map.values, at::kDouble).view({1, 1, map.height, map.width});
  return plain_map(at::upsample_bilinear2d(values, {height, width}, /*align_corners=*/false)[0][0]);
}

}  // namespace saccade
