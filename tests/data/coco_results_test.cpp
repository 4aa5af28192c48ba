// COCO result files.
#include "saccade/data/coco_results.h"

#include <gmock/gmock.h>
#include <gtest/gtest.h>

#include "tests/data/data_files.h"

namespace saccade {
namespace {

using ::testing::ElementsAre;
using ::testing::HasSubstr;

CocoDataSet two_images() {
  return CocoDataSet(
      "gt.json",
      {{{10, ""}, "a.jpg", 100, 80}, {{20, ""}, "b.jpg", 100, 80}, {{0, "t"}, "c.jpg", 100, 80}},
      {{{1, ""}, "x", ""}, {{5, ""}, "y", ""}}, {});
}

CocoResults read_text(const std::string& text, int threads = 1) {
  return read_coco_results(write_test_file("dt.json", text), two_images(), threads);
}

std::string row(const std::string& fields) {
  return R"({"image_id": 20, "category_id": 5, )" + fields + "}";
}

TEST(CocoResults, ReadsRowsInTheFilesOrder) {
  const CocoResults results = read_text(
      R"([{"image_id": 20, "category_id": 5, "bbox": [1.5, 2, 3, 4], "score": 0.25, "query": 7},
          {"score": 1, "bbox": [0, 0, 0, 0], "category_id": 1, "image_id": 10},
          {"image_id": "t", "category_id": "1", "bbox": [-5, 0, 1e3, 1], "score": -3},
          {"image_id": "20", "category_id": 99, "bbox": [0, 0, 1, 1], "score": 0.5}] )");
  ASSERT_EQ(results.detections.size(), 3u);
  EXPECT_EQ(results.detections[0].image, 1);
  EXPECT_EQ(results.detections[0].category, 1);
  EXPECT_EQ(results.detections[0].score, 0.25);
  EXPECT_EQ(results.detections[0].box.x, 1.5);
  EXPECT_EQ(results.detections[1].image, 0);
  EXPECT_EQ(results.detections[1].category, 0);
  EXPECT_EQ(results.detections[2].image, 2);
  EXPECT_EQ(results.detections[2].box.width, 1000);
  EXPECT_EQ(results.unknown_categories, 1);
  EXPECT_TRUE(results.segmentations.empty());
  EXPECT_TRUE(results.first_has_box);
}

TEST(CocoResults, AnEmptyListIsNoDetections) {
  EXPECT_TRUE(read_text("[]").detections.empty());
  EXPECT_TRUE(read_text(" [ \n] ").detections.empty());
}

TEST(CocoResults, OutlinesBelongToTheirRows) {
  const CocoResults results = read_text(
      "[" + row(R"("bbox": [0, 0, 1, 1], "score": 0.1)") + "," +
      row(R"("bbox": [0, 0, 1, 1], "score": 0.2, "segmentation": {"size": [2, 2], "counts": "04"})") +
      "," + R"({"image_id": 10, "category_id": 77, "bbox": [0, 0, 1, 1], "score": 0.3,)" +
      R"( "segmentation": [[1, 2, 3, 4, 5, 6]]},)" +
      row(R"("bbox": [0, 0, 1, 1], "score": 0.4, "segmentation": [[9, 2, 3, 4, 5, 6]])") + "]");
  ASSERT_EQ(results.detections.size(), 3u);
  ASSERT_EQ(results.segmentations.size(), 3u);
  EXPECT_TRUE(segmentation_of(results, 0).empty());
  EXPECT_EQ(segmentation_of(results, 1).compressed_counts, "04");
  EXPECT_THAT(segmentation_of(results, 2).polygons, ElementsAre(ElementsAre(9, 2, 3, 4, 5, 6)));
}

TEST(CocoResults, TheFirstRecordTellsWhetherTheFileHasBoxes) {
  const std::string mask = R"("score": 1, "segmentation": {"size": [2, 2], "counts": "04"})";
  EXPECT_FALSE(read_text("[" + row(mask) + "]").first_has_box);
  EXPECT_FALSE(read_text("[" + row(mask + R"(, "bbox": [])") + "]").first_has_box);
  EXPECT_TRUE(read_text("[" + row(mask + R"(, "bbox": [0, 0, 1, 1])") + "]").first_has_box);
  EXPECT_FALSE(read_text(R"([{"image_id": 10, "category_id": 77, )" + mask + "}," +
                         row(R"("bbox": [0, 0, 1, 1], "score": 1)") + "]")
                   .first_has_box)
      << "also where its category is unknown";
}

// It would count as a box without area, found nowhere.
TEST(CocoResults, AFileWithBoxesHasOneInEachRecord) {
  const std::string box = row(R"("bbox": [0, 0, 1, 1], "score": 1)");
  const std::string mask = row(R"("score": 1, "segmentation": {"size": [2, 2], "counts": "04"})");
  try {
    read_text("[" + box + "," + box + "," + mask + "]");
    FAIL() << "accepted";
  } catch (const Error& error) {
    EXPECT_NE(std::string(error.what()).find("[2] has no bbox"), std::string::npos) << error.what();
  }
  EXPECT_EQ(read_text("[" + mask + "," + box + "]").detections.size(), 2u);
}

TEST(CocoResults, FaultsNameFileIndexAndField) {
  struct Case {
    std::string record, expected;
  };
  const Case cases[] = {
      {R"({"image_id": 30, "category_id": 5, "bbox": [0, 0, 1, 1], "score": 1})",
       "dt.json: [1] image_id 30 is not among the images of gt.json"},
      {R"({"image_id": "u", "category_id": 5, "bbox": [0, 0, 1, 1], "score": 1})",
       "[1] image_id \"u\" is not among the images"},
      {R"({"image_id": null, "category_id": 5, "bbox": [0, 0, 1, 1], "score": 1})",
       "[1] image_id is null, not a whole number"},
      {R"({"category_id": 5, "bbox": [0, 0, 1, 1], "score": 1})", "[1] has no image_id"},
      {R"({"image_id": 20, "bbox": [0, 0, 1, 1], "score": 1})", "[1] has no category_id"},
      {R"({"image_id": 20, "category_id": 1.5, "bbox": [0, 0, 1, 1], "score": 1})",
       "[1] category_id is 1.5, not a whole"},
      {row(R"("bbox": [0, 0, 1, 1])"), "[1] has no score"},
      {row(R"("bbox": [0, 0, 1, 1], "score": NaN)"), "[1] score is NaN, not a finite number"},
      {row(R"("bbox": [0, 0, 1, 1], "score": -Infinity)"), "[1] score is -Infinity, not a finite"},
      {row(R"("bbox": [0, 0, 1, 1], "score": 1e999)"), "[1] score is 1e999, not a finite number"},
      {row(R"("bbox": [0, 0, 1, 1], "score": "0.5")"), "[1] score is \"0.5\", not a finite"},
      {row(R"("bbox": [0, 0, -1, 1], "score": 1)"), "[1] bbox has a negative width (-1)"},
      {row(R"("bbox": [0, 0, 1, NaN], "score": 1)"), "[1] bbox[3] is NaN, not a finite number"},
      {row(R"("bbox": [0, 0, 1], "score": 1)"), "[1] bbox is not a list of four numbers"},
      {row(R"("bbox": 3, "score": 1)"), "[1] bbox is 3, not a list of four numbers"},
      {row(R"("score": 1)"), "[1] has neither bbox nor segmentation"},
      {row(R"("score": 1, "bbox": [])"), "[1] has neither bbox nor segmentation"},
      {"7", "[1] is 7, not an object"},
  };
  const std::string good = row(R"("bbox": [0, 0, 1, 1], "score": 1)");
  for (const Case& c : cases) {
    const std::string message =
        error_of([&] { read_text("[" + good + "," + c.record + "," + good + "]"); });
    EXPECT_THAT(message, HasSubstr(c.expected)) << c.record;
    EXPECT_EQ(message.find('\n'), std::string::npos);
  }
}

TEST(CocoResults, WhatIsNoResultFileIsAnError) {
  EXPECT_THAT(error_of([] { read_text(""); }), HasSubstr("is empty (0 bytes)"));
  EXPECT_THAT(error_of([] { read_text("{}"); }), HasSubstr("is no list; a COCO result file is"));
  EXPECT_THAT(error_of([] { read_text("[] 5"); }), HasSubstr("something follows its end"));
  EXPECT_THAT(error_of([] { read_text("[" + row(R"("bbox": [0,0,1,1], "score": 1)")); }),
              HasSubstr("cut off"));
  EXPECT_THAT(error_of([] { read_text("[NaN]"); }), HasSubstr("[0] is NaN, not an object"));
}

TEST(CocoResults, ThreadsChangeNothingInAFileOfManySlices) {
  std::string text = "[";
  for (int i = 0; i < 20'000; ++i) {
    text +=
        text_of(i > 0 ? ", " : "", R"({"image_id": )", i % 3 == 0 ? 10 : 20, R"(, "category_id": )",
                i % 7 == 0 ? 4 : 5, R"(, "bbox": [)", i, R"(.25, 0, 1, 1], "score": 0.)", i,
                i % 1000 == 999 ? R"(, "segmentation": [[1]])" : "", "}");
  }
  text += "]";
  const CocoResults one = read_text(text, 1), four = read_text(text, 4);
  ASSERT_EQ(one.detections.size(), 17'142u);  // all but one in seven
  EXPECT_EQ(one.unknown_categories, 2'858);
  ASSERT_EQ(four.detections.size(), one.detections.size());
  ASSERT_EQ(one.segmentations.size(), one.detections.size());
  ASSERT_EQ(four.segmentations.size(), one.detections.size());
  int outlines = 0;
  for (std::size_t i = 0; i < one.detections.size(); ++i) {
    EXPECT_EQ(one.detections[i].image, four.detections[i].image);
    EXPECT_EQ(one.detections[i].score, four.detections[i].score);
    EXPECT_EQ(one.detections[i].box.x, four.detections[i].box.x);
    EXPECT_EQ(one.segmentations[i].offset, four.segmentations[i].offset);
    outlines += one.segmentations[i].empty() ? 0 : 1;
  }
  EXPECT_GT(outlines, 10);
  EXPECT_LE(sizeof(CocoDetection), 48u);
}

}  // namespace
}  // namespace saccade
