// A training batch: augmented images padded to one size, and their targets.
#include "saccade/data/train_batch.h"

#include <ATen/ATen.h>
#include <gtest/gtest.h>

#include "saccade/core/error.h"

namespace saccade {
namespace {

const std::filesystem::path kAssets = SACCADE_SOURCE_DIR "/tests/assets";

// Two photographs, the first with two boxes, one of them a crowd; categories 3 and 7.
CocoDataSet two_photos(const std::string& second = "000000006818.jpg") {
  return CocoDataSet(
      "photos.json",
      {{.id = {1, {}}, .file_name = "Town03_013980.jpg", .width = 640, .height = 380},
       {.id = {2, {}}, .file_name = second, .width = 640, .height = 480}},
      {{.id = {3, {}}, .name = "car"}, {.id = {7, {}}, .name = "person"}},
      {{.id = {1, {}}, .image = 0, .category = 1, .box = {64, 38, 128, 76}},
       {.id = {2, {}}, .image = 0, .category = 0, .is_crowd = true, .box = {0, 0, 9, 9}},
       {.id = {3, {}}, .image = 1, .category = 0, .box = {0, 0, 64, 48}}});
}

TEST(TrainBatch, PadsToTheLargestAndMasksTheRest) {
  const CocoDataSet data = two_photos();
  TrainSet set(data, {.images = kAssets, .augment = false, .size = {96, 200}});
  const TrainBatch batch = set.load(std::vector<int>{0, 1}, 0);
  const ImageSize first = batch.targets[0].size, second = batch.targets[1].size;
  EXPECT_EQ(first.height, 96);
  EXPECT_GT(first.width, second.width);
  EXPECT_EQ(batch.pixels.sizes(), (at::IntArrayRef{2, 3, std::max(first.height, second.height),
                                                   std::max(first.width, second.width)}));
  EXPECT_EQ(at::logical_not(batch.mask[1]).sum().item<std::int64_t>(),
            std::int64_t{second.width} * second.height);
  EXPECT_FALSE(batch.mask[1][0][second.width - 1].item<bool>());
  EXPECT_TRUE(batch.mask[1][0][second.width].item<bool>());
  EXPECT_EQ(batch.pixels.abs().masked_select(batch.mask.unsqueeze(1)).sum().item<float>(), 0);
  // An image alone gives the same pixels as in company.
  const TrainBatch alone = set.load(std::vector<int>{1}, 0);
  EXPECT_TRUE(alone.pixels[0].equal(
      batch.pixels[1].narrow(1, 0, second.height).narrow(2, 0, second.width)));
}

TEST(TrainBatch, TargetsAreFractionsOfThePictureAndLabelsTheCategoryIds) {
  const CocoDataSet data = two_photos();
  TrainSet set(data, {.images = kAssets, .augment = false, .size = {190, 333}});
  const TrainBatch batch = set.load(std::vector<int>{0}, 0);
  const at::Tensor boxes = boxes_cxcywh(batch.targets[0]);
  ASSERT_EQ(boxes.size(0), 1);  // the crowd is no target
  EXPECT_TRUE(at::allclose(boxes, at::tensor({0.2F, 0.2F, 0.2F, 0.2F}).view({1, 4}), 0, 2e-3));
  EXPECT_EQ(labels_of(batch.targets[0])[0].item<std::int64_t>(), 7);
}

TEST(TrainBatch, TheSameEpochIsDrawnTheSameWayAndAnotherIsNot) {
  const CocoDataSet data = two_photos();
  TrainSetOptions options{.images = kAssets,
                          .augmentation = AugmentationOptions::scaled_to({120, 200})};
  TrainSet set(data, options);
  options.cache_mode = true;
  TrainSet cached(data, options);
  const TrainBatch one = set.load(std::vector<int>{0, 1}, 4);
  for (int again = 0; again < 2; ++again) {
    const TrainBatch same = cached.load(std::vector<int>{0, 1}, 4);
    EXPECT_TRUE(same.pixels.equal(one.pixels));
    EXPECT_TRUE(boxes_cxcywh(same.targets[0]).equal(boxes_cxcywh(one.targets[0])));
  }
  bool differs = false;
  for (std::uint64_t epoch = 5; epoch < 9; ++epoch) {
    const TrainBatch other = set.load(std::vector<int>{0, 1}, epoch);
    differs = differs || !other.pixels.sizes().equals(one.pixels.sizes()) ||
              !other.pixels.equal(one.pixels);
  }
  EXPECT_TRUE(differs);
}

TEST(TrainBatch, AMissingImageIsNamed) {
  const CocoDataSet data = two_photos("gone.jpg");
  TrainSet set(data, {.images = kAssets, .augment = false, .size = {64, 200}});
  try {
    set.load(std::vector<int>{0, 1}, 0);
    FAIL() << "nothing was thrown";
  } catch (const Error& error) {
    EXPECT_NE(std::string(error.what()).find("gone.jpg"), std::string::npos) << error.what();
  }
}

}  // namespace
}  // namespace saccade
