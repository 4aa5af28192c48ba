// From RGB pixels to the tensor a backbone reads.
#include "saccade/image/preprocess.h"

#include <ATen/ATen.h>

#include <algorithm>

#include "saccade/core/error.h"
#include "saccade/image/decode.h"
#include "saccade/image/normalise.h"

namespace saccade {

at::Tensor to_normalised(const Image& image) {
  return resize_to_normalised(image, {image.width, image.height});
}

at::Tensor resize_to_normalised(const Image& image, ImageSize size) {
  check_image_size(size.width, size.height, "resize");
  at::Tensor out = at::empty({3, size.height, size.width}, at::kFloat);
  resize_normalised(image, size, {out.mutable_data_ptr<float>(), out.stride(0), out.stride(1)});
  return out;
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

ImageBatch batch_of_one(const at::Tensor& image) {
  if (image.dim() != 3 || image.size(0) != 3)
    throw Error("batch_of_one wants an image of shape [3, H, W]");
  return {image.unsqueeze(0),
          at::zeros({1, image.size(1), image.size(2)}, image.options().dtype(at::kBool))};
}

}  // namespace saccade
