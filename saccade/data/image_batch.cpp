// The images of a planned batch as the tensor a network reads.
#include "saccade/data/image_batch.h"

#include <ATen/ATen.h>

#include "saccade/core/error.h"
#include "saccade/image/decode.h"
#include "saccade/image/preprocess.h"
#include "saccade/image/resize.h"

namespace saccade {

LoadedBatch load_batch(const CocoDataSet& data, const std::filesystem::path& images,
                       const PlannedBatch& batch) {
  LoadedBatch loaded;
  std::vector<at::Tensor> pixels;
  for (const int image : batch.images) {
    const std::filesystem::path file = images / data.images()[image].file_name;
    try {
      const Image decoded = read_image(file, /*apply_exif=*/false);
      pixels.push_back(to_normalised(resize_bilinear(decoded, batch.input)));
      loaded.images.push_back(image);
      loaded.original.push_back({decoded.width, decoded.height});
    } catch (const Error& error) {
      // The message begins with the file's name already.
      loaded.broken.emplace_back(image, DataProblem{file.string(), error.what()});
    }
  }
  if (!pixels.empty()) loaded.pixels = at::stack(pixels);
  return loaded;
}

}  // namespace saccade
