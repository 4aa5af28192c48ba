// One image, decoded and as the network wants it.
#include "saccade/model/prepared_image.h"

#include <utility>

#include "saccade/image/preprocess.h"

namespace saccade {

PreparedImage prepare_image(Image image, const InputSize& size) {
  const ImageSize input = resized_size({image.width, image.height}, size);
  ImageBatch batch = batch_of_one(resize_to_normalised(image, input));
  return {std::move(image), std::move(batch.pixels), std::move(batch.mask)};
}

}  // namespace saccade
