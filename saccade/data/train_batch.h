// A training batch: augmented images padded to one size, and their targets.
#pragma once

#include <ATen/core/Tensor.h>

#include <cstdint>
#include <filesystem>
#include <memory>
#include <mutex>
#include <span>
#include <string>
#include <vector>

#include "saccade/data/augmentation.h"
#include "saccade/data/coco.h"
#include "saccade/data/sample.h"

namespace saccade {

struct TrainBatch {
  std::vector<int> images;      // indices into the data set
  std::vector<Target> targets;  // corners in pixels of the augmented picture
  at::Tensor pixels;            // [N, 3, H, W] float32, normalised, 0 where padded
  at::Tensor mask;              // [N, H, W] bool, true = padding
};

// Boxes of a target as the losses take them: [n, 4] float32 cxcywh, fractions of the picture.
at::Tensor boxes_cxcywh(const Target& target);
at::Tensor labels_of(const Target& target);  // [n] int64

struct TrainSetOptions {
  std::filesystem::path images;  // folder
  AugmentationOptions augmentation;
  bool augment = true;  // false: one resize to the sides below, nothing drawn
  InputSize size;       // of that resize
  std::uint64_t seed = 42;
  bool cache_mode = false;  // keep the encoded files in memory once they have been read
};

// Makes batches; may be called from several threads at once.
class TrainSet {
 public:
  // `data` must outlive it.
  TrainSet(const CocoDataSet& data, TrainSetOptions options);

  // The same images, seed and epoch give the same batch in any process. Throws Error: an image that
  // cannot be read.
  TrainBatch load(std::span<const int> images, std::uint64_t epoch);
  const CocoDataSet& data() const { return data_; }

 private:
  struct Picture;
  std::shared_ptr<const std::string> encoded(int image);
  Picture prepare(int image, std::uint64_t epoch);

  const CocoDataSet& data_;
  const TrainSetOptions options_;
  std::vector<std::int64_t> class_of_category_;
  std::mutex mutex_;
  std::vector<std::shared_ptr<const std::string>> cache_;  // by image; empty without cache_mode
};

}  // namespace saccade
