// A training batch: augmented images padded to one size, and their targets.
#include "saccade/data/train_batch.h"

#include <ATen/ATen.h>

#include <algorithm>

#include "saccade/core/error.h"
#include "saccade/core/file_io.h"
#include "saccade/data/augment.h"
#include "saccade/data/class_index.h"
#include "saccade/data/target_ops.h"
#include "saccade/image/decode.h"

namespace saccade {

at::Tensor boxes_cxcywh(const Target& target) {
  const auto count = static_cast<std::int64_t>(target.objects.size());
  at::Tensor boxes = at::empty({count, 4});
  float* to = boxes.mutable_data_ptr<float>();
  for (const TargetObject& object : target.objects) {
    const BoxCxcywh box = normalised_box(object.box, target.size);
    for (const float number : {box.cx, box.cy, box.width, box.height}) *to++ = number;
  }
  return boxes;
}

at::Tensor labels_of(const Target& target) {
  at::Tensor labels = at::empty({static_cast<std::int64_t>(target.objects.size())}, at::kLong);
  std::int64_t* to = labels.mutable_data_ptr<std::int64_t>();
  for (const TargetObject& object : target.objects) *to++ = object.label;
  return labels;
}

// One image on its way: decoded, and what will be done to it.
struct TrainSet::Picture {
  Image image;
  AppliedAugmentation applied;
  Target target;
};

TrainSet::TrainSet(const CocoDataSet& data, TrainSetOptions options)
    : data_(data), options_(std::move(options)), class_of_category_(class_of_category(data)) {
  if (options_.cache_mode) cache_.resize(data.images().size());
}

// The bytes of an image file.
std::shared_ptr<const std::string> TrainSet::encoded(int image) {
  const auto index = static_cast<std::size_t>(image);
  if (options_.cache_mode) {
    const std::lock_guard lock(mutex_);
    if (cache_[index]) return cache_[index];
  }
  auto bytes = std::make_shared<const std::string>(
      read_file(options_.images / data_.images()[index].file_name));
  if (options_.cache_mode) {
    const std::lock_guard lock(mutex_);
    cache_[index] = bytes;
  }
  return bytes;
}

TrainSet::Picture TrainSet::prepare(int image, std::uint64_t epoch) {
  const CocoImage& record = data_.images()[static_cast<std::size_t>(image)];
  const std::string name = (options_.images / record.file_name).string();
  const auto bytes = encoded(image);
  Picture picture{.image =
                      decode_image(std::as_bytes(std::span(*bytes)), name, /*apply_exif=*/false)};
  const ImageSize size{picture.image.width, picture.image.height};
  if (options_.augment) {
    Random random = augmentation_random(options_.seed, epoch, static_cast<std::uint64_t>(image));
    picture.applied = draw_augmentation(options_.augmentation, size, random);
  } else {
    picture.applied = evaluation_resize(size, options_.size);
  }
  picture.target = augmented_target(
      prepare_target(data_.annotations_of(image), class_of_category_, record.id, size),
      picture.applied);
  return picture;
}

TrainBatch TrainSet::load(std::span<const int> images, std::uint64_t epoch) {
  TrainBatch batch{.images = {images.begin(), images.end()}};
  std::vector<Picture> pictures;
  ImageSize largest{0, 0};
  for (const int image : images) {
    pictures.push_back(prepare(image, epoch));
    largest.width = std::max(largest.width, pictures.back().applied.size.width);
    largest.height = std::max(largest.height, pictures.back().applied.size.height);
  }
  const auto count = static_cast<std::int64_t>(images.size());
  batch.pixels = at::zeros({count, 3, largest.height, largest.width});
  batch.mask = at::ones({count, largest.height, largest.width}, at::kBool);
  for (std::int64_t i = 0; i < count; ++i) {
    Picture& picture = pictures[static_cast<std::size_t>(i)];
    const at::Tensor row = batch.pixels[i];
    augmented_normalised(picture.image, picture.applied,
                         {row.mutable_data_ptr<float>(), row.stride(0), row.stride(1)});
    const ImageSize size = picture.applied.size;
    batch.mask[i].narrow(0, 0, size.height).narrow(1, 0, size.width).fill_(false);
    batch.targets.push_back(std::move(picture.target));
  }
  return batch;
}

}  // namespace saccade
