// From RGB pixels to the tensor a backbone reads.
#include "saccade/image/preprocess.h"

#include <ATen/ATen.h>

#include <algorithm>

#include "saccade/core/error.h"

namespace saccade {

at::Tensor to_normalised(const Image& image) {
  static const at::Tensor mean = at::tensor({0.485f, 0.456f, 0.406f}).view({3, 1, 1});
  static const at::Tensor deviation = at::tensor({0.229f, 0.224f, 0.225f}).view({3, 1, 1});
  const at::Tensor bytes = at::from_blob(const_cast<std::uint8_t*>(image.rgb.data()),
                                         {image.height, image.width, 3}, at::kByte);
  return bytes.permute({2, 0, 1}).contiguous().to(at::kFloat).div_(255).sub_(mean).div_(deviation);
}

ImageBatch collate(const std::vector<at::Tensor>& images) {
  std::int64_t height = 0;
  std::int64_t width = 0;
  for (const at::Tensor& image : images) {
    if (image.dim() != 3 || image.size(0) != 3)
      throw Error("collate wants images of shape [3, H, W]");
    height = std::max(height, image.size(1));
    width = std::max(width, image.size(2));
  }
  if (images.empty()) throw Error("collate wants at least one image");
  const auto count = static_cast<std::int64_t>(images.size());
  ImageBatch batch{at::zeros({count, 3, height, width}, images[0].options()),
                   at::ones({count, height, width}, images[0].options().dtype(at::kBool))};
  for (std::int64_t i = 0; i < count; ++i) {
    const at::Tensor& image = images[i];
    batch.pixels[i].narrow(1, 0, image.size(1)).narrow(2, 0, image.size(2)).copy_(image);
    batch.mask[i].narrow(0, 0, image.size(1)).narrow(1, 0, image.size(2)).fill_(false);
  }
  return batch;
}

}  // namespace saccade
