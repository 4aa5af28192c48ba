// The batches of an epoch come in order, whatever the threads and wherever it begins.
#include "saccade/train/train_loader.h"

#include <gmock/gmock.h>
#include <gtest/gtest.h>

#include "saccade/core/error.h"
#include "tests/model/tiny_models.h"
#include "tests/train/tiny_photos.h"

namespace saccade {
namespace {

// Five images to train on, of two photographs: what the sampler numbers is not the data set's index.
const std::vector<int> kImages{1, 0, 1, 0, 0};

struct Loaded {
  CocoDataSet data = two_photos();
  TrainSet set{data, {.images = kPhotos, .augment = false, .size = {32, 64}}};

  // Images of every part of every step.
  std::vector<std::vector<std::vector<int>>> epoch(int parts, std::int64_t first, int workers) {
    const TrainSampler sampler({.images = 5, .batch_size = 2}, 7, 3);
    TrainLoader loader({&set, &kImages, &sampler, parts}, 3, first, workers);
    std::vector<std::vector<std::vector<int>>> steps;
    while (const auto batches = loader.next()) {
      steps.emplace_back();
      for (const TrainBatch& batch : *batches) {
        steps.back().push_back(batch.images);
        EXPECT_EQ(batch.pixels.size(0), static_cast<std::int64_t>(batch.images.size()));
        EXPECT_EQ(batch.targets.size(), batch.images.size());
      }
    }
    return steps;
  }
};

TEST(TrainLoader, AStepHasTheImagesOfTheSampler) {
  Loaded loaded;
  const TrainSampler sampler({.images = 5, .batch_size = 2}, 7, 3);
  const auto steps = loaded.epoch(1, 0, 0);
  ASSERT_EQ(steps.size(), 2u);  // the fifth image waits
  for (std::size_t s = 0; s < steps.size(); ++s) {
    std::vector<int> expected;
    for (const int position : sampler.batch(static_cast<std::int64_t>(s)))
      expected.push_back(kImages[static_cast<std::size_t>(position)]);
    EXPECT_EQ(steps[s], std::vector<std::vector<int>>{expected});
  }
}

TEST(TrainLoader, PartsOfAStepAreItsImagesOneAfterAnother) {
  Loaded loaded;
  const auto whole = loaded.epoch(1, 0, 0), parts = loaded.epoch(2, 0, 0);
  ASSERT_EQ(parts.size(), whole.size());
  for (std::size_t s = 0; s < whole.size(); ++s) {
    ASSERT_EQ(parts[s].size(), 2u);
    EXPECT_EQ((std::vector<int>{parts[s][0].at(0), parts[s][1].at(0)}), whole[s][0]);
  }
}

TEST(TrainLoader, ThreadsAndALaterBeginningChangeNoStep) {
  Loaded loaded;
  const auto whole = loaded.epoch(1, 0, 0);
  EXPECT_EQ(loaded.epoch(1, 0, 3), whole);
  EXPECT_EQ(loaded.epoch(1, 1, 2), (std::vector<std::vector<std::vector<int>>>{whole[1]}));
  EXPECT_TRUE(loaded.epoch(1, 2, 1).empty());
}

TEST(TrainLoader, AnImageThatCannotBeReadIsNamed) {
  const CocoDataSet data = two_photos();
  TrainSet set(data, {.images = kPhotos / "gone", .augment = false});
  const TrainSampler sampler({.images = 5, .batch_size = 2}, 7, 3);
  for (const int workers : {0, 2}) {
    TrainLoader loader({&set, &kImages, &sampler, 1}, 3, 0, workers);
    EXPECT_THAT(error_of([&] { loader.next(); }), testing::HasSubstr(".jpg: cannot open"));
  }
}

}  // namespace
}  // namespace saccade
