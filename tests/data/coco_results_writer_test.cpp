// Detections as a COCO result file.
#include "saccade/data/coco_results_writer.h"

#include <gtest/gtest.h>

#include "saccade/core/error.h"
#include "saccade/core/file_io.h"
#include "tests/support/tell_fault.h"

namespace saccade {
namespace {

class CocoResultsWriter : public testing::Test {
 protected:
  const std::filesystem::path path_ =
      std::filesystem::path(testing::TempDir()) / "coco_results_writer_test.json";
  const CocoDataSet data_{"set.json", {{.id = {7}}, {.id = {0, "a\"b"}}}, {{.id = {90}}}, {}};
  const std::vector<CocoDetection> detections_ = {
      {.image = 0, .category = 0, .score = 0.1f, .box = {1.5, 2, 3, 4}},
      {.image = 1, .category = 0, .score = 1, .box = {-0.25, 0, 1e-9, 4}}};
};

TEST_F(CocoResultsWriter, CarriesTheFilesIdsAndExactNumbers) {
  write_coco_results(path_, data_, detections_, std::vector<int>{3, 99});
  const std::string text = read_file(path_);
  EXPECT_NE(
      text.find(
          R"({"image_id":7,"category_id":90,"bbox":[1.5,2,3,4],"score":0.10000000149011612,"query":3})"),
      std::string::npos)
      << text;
  EXPECT_NE(text.find(R"("image_id":"a\"b")"), std::string::npos) << text;
  const CocoResults back = read_coco_results(path_, data_);
  ASSERT_EQ(back.detections.size(), 2u);
  for (int i = 0; i < 2; ++i) {
    EXPECT_EQ(back.detections[i].image, detections_[i].image);
    EXPECT_EQ(back.detections[i].score, detections_[i].score);
    EXPECT_EQ(back.detections[i].box.x, detections_[i].box.x);
    EXPECT_EQ(back.detections[i].box.width, detections_[i].box.width);
  }
}

TEST_F(CocoResultsWriter, NoDetectionsAreAnEmptyList) {
  write_coco_results(path_, data_, {}, {});
  EXPECT_EQ(read_file(path_), "[\n]\n");
  EXPECT_TRUE(read_coco_results(path_, data_).detections.empty());
}

TEST_F(CocoResultsWriter, AFileThatCannotBeWrittenIsAnError) {
  EXPECT_THROW(write_coco_results("/proc/no/such.json", data_, detections_, {}), Error);
  EXPECT_THROW(write_coco_results(path_, data_, detections_, std::vector<int>{1}), Error);
  tell_fault("a result file that cannot be written", 1, "an error");
}

}  // namespace
}  // namespace saccade
