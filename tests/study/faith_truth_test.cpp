// Which true object a detection is of, and which are the others.
#include "saccade/study/faith_truth.h"

#include <gtest/gtest.h>

#include <algorithm>
#include <filesystem>

#include "saccade/core/file_io.h"

namespace saccade {
namespace {

class FaithTruthTest : public testing::Test {
 protected:
  FaithTruthTest() {
    write_file(file_, R"({"images": [{"id": 1, "file_name": "a.png", "width": 20, "height": 10}],
      "categories": [{"id": 1, "name": "car"}, {"id": 2, "name": "bike"}],
      "annotations": [
        {"id": 1, "image_id": 1, "category_id": 1, "iscrowd": 0, "area": 16, "bbox": [2, 2, 4, 4],
         "segmentation": [[2, 2, 6, 2, 6, 4, 2, 4]]},
        {"id": 2, "image_id": 1, "category_id": 1, "iscrowd": 0, "area": 16, "bbox": [3, 2, 4, 4]},
        {"id": 3, "image_id": 1, "category_id": 2, "iscrowd": 0, "area": 16, "bbox": [2, 2, 4, 4]},
        {"id": 4, "image_id": 1, "category_id": 1, "iscrowd": 1, "area": 16, "bbox": [10, 0, 9, 9]}]})");
    data_.emplace(load_whole_coco(file_));
  }
  ~FaithTruthTest() override { std::filesystem::remove(file_); }

  FaithTruth truth(const BoxXyxy& box, int category) const {
    return truth_of(*data_, {.image = 0, .width = 20, .height = 10, .box = box}, category,
                    {20, 10});
  }
  static int area(const RegionMask& region) {
    return static_cast<int>(std::count(region.inside.begin(), region.inside.end(), 1));
  }

  const std::filesystem::path file_ =
      std::filesystem::path(testing::TempDir()) / "saccade_faith_truth.json";
  std::optional<CocoDataSet> data_;
};

// Two cars overlap the detection by half or more: the nearer one is its own, with its outline. The crowd is no object.
TEST_F(FaithTruthTest, TheNearestObjectOfItsClassIsItsOwn) {
  const FaithTruth truth = this->truth({2, 2, 6, 6}, 0);
  ASSERT_TRUE(truth.mask);
  EXPECT_EQ(area(*truth.mask), 8);
  ASSERT_EQ(truth.others.size(), 2u);
  EXPECT_EQ(area(truth.others[0]), 16);
  EXPECT_TRUE(truth.others[0].at(6.5, 3.5));
}

// Without an outline there is no mask; without an object all are others.
TEST_F(FaithTruthTest, HasNoMaskWhereTheFileHasNone) {
  EXPECT_FALSE(truth({3, 2, 7, 6}, 0).mask);
  EXPECT_EQ(truth({3, 2, 7, 6}, 0).others.size(), 2u);
  EXPECT_FALSE(truth({14, 5, 18, 9}, 0).mask);
  EXPECT_EQ(truth({14, 5, 18, 9}, 0).others.size(), 3u);
}

}  // namespace
}  // namespace saccade
