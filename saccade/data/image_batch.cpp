// The images of a planned batch as the tensor a network reads.
#include "saccade/data/image_batch.h"

#include <ATen/ATen.h>

#include "saccade/core/error.h"
#include "saccade/image/decode.h"
#include "saccade/image/normalise.h"

namespace saccade {

LoadedBatch load_batch(const CocoDataSet& data, const std::filesystem::path& images,
                       const PlannedBatch& batch, const at::TensorOptions& memory) {
  LoadedBatch loaded;
  const auto [width, height] = batch.input;
  loaded.pixels = at::empty({static_cast<std::int64_t>(batch.images.size()), 3, height, width},
                            memory.dtype(at::kFloat));
  for (const int image : batch.images) {
    const std::filesystem::path file = images / data.images()[image].file_name;
    try {
      const Image decoded = read_image(file, /*apply_exif=*/false);
      const at::Tensor row = loaded.pixels[static_cast<std::int64_t>(loaded.images.size())];
      resize_normalised(decoded, batch.input,
                        {row.mutable_data_ptr<float>(), row.stride(0), width});
      loaded.images.push_back(image);
      loaded.original.push_back({decoded.width, decoded.height});
    } catch (const Error& error) {
      // The message begins with the file's name already.
      loaded.broken.push_back({image, error.what()});
    }
  }
  loaded.pixels = loaded.pixels.narrow(0, 0, static_cast<std::int64_t>(loaded.images.size()));
  return loaded;
}

}  // namespace saccade
