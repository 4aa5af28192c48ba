// COCO annotation files: what is read of them, and what is tolerated.
#include "saccade/data/coco.h"

#include <gmock/gmock.h>
#include <gtest/gtest.h>

#include "saccade/data/coco_loader.h"
#include "tests/data/coco_text.h"

namespace saccade {
namespace {

using ::testing::ElementsAre;
using ::testing::HasSubstr;
using ::testing::IsEmpty;

TEST(Coco, PutsRecordsInOrderAndFindsThem) {
  const CocoFile file = load_text(file_with(
      R"({"id": 5, "image_id": 7, "category_id": 18, "bbox": [1, 2, 3, 4], "area": 11.5, "iscrowd": 1},
         {"id": 2, "image_id": 3, "category_id": 1, "bbox": [5.5, 6, 7, 8.25], "iscrowd": 0},
         {"id": 9, "image_id": 7, "category_id": 1, "bbox": [0, 0, 1, 1]})"));
  const CocoDataSet& data = file.data;
  EXPECT_THAT(lines(file), IsEmpty());
  ASSERT_EQ(data.images().size(), 2u);
  EXPECT_EQ(data.images()[0].file_name, "a.jpg");
  EXPECT_EQ(data.images()[1].id.number, 7);
  EXPECT_EQ(data.categories()[0].name, "cat");
  EXPECT_EQ(data.categories()[1].supercategory, "animal");
  EXPECT_EQ(data.find_image({7, ""}), 1);
  EXPECT_EQ(data.find_image({8, ""}), -1);
  EXPECT_EQ(data.find_category({18, ""}), 1);
  ASSERT_EQ(data.annotations_of(0).size(), 1u);
  const CocoAnnotation& first = data.annotations_of(0)[0];
  EXPECT_EQ(first.id.number, 2);
  EXPECT_EQ(first.category, 0);
  EXPECT_DOUBLE_EQ(first.box.x, 5.5);
  EXPECT_DOUBLE_EQ(first.area, 7 * 8.25) << "without an area it is that of the box";
  ASSERT_EQ(data.annotations_of(1).size(), 2u) << "in the file's order";
  EXPECT_EQ(data.annotations_of(1)[0].id.number, 5);
  EXPECT_TRUE(data.annotations_of(1)[0].is_crowd);
  EXPECT_DOUBLE_EQ(data.annotations_of(1)[0].area, 11.5);
  EXPECT_EQ(data.annotations_of(1)[1].id.number, 9);
}

TEST(Coco, NumbersAreReadAsPythonReadsThem) {
  const CocoFile file = load_text(file_with(R"({"id": 1, "image_id": 3, "category_id": 1, "bbox":
                [0.1, 1e-3, 2.2250738585072014E-8, 9007199254740993e-15], "area": 123456.789})"));
  const CocoAnnotation& a = file.data.annotations()[0];
  EXPECT_EQ(a.box.x, 0.1);
  EXPECT_EQ(a.box.y, 1e-3);
  EXPECT_EQ(a.box.width, 2.2250738585072014E-8);
  EXPECT_EQ(a.box.height, 9007199254740993e-15);
  EXPECT_EQ(a.area, 123456.789);
}

TEST(Coco, ToleratesWhatRealFilesDo) {
  const std::string tolerated[] = {
      "",
      R"(, "iscrowd": true)",
      R"(, "iscrowd": false)",
      R"(, "iscrowd": null, "area": null, "segmentation": null)",
      R"(, "segmentation": [], "iscrowd": 0.0)",
      R"(, "other": {"a": [{"b": "},{"}]}, "segmentation": [[1, 2, 3, 4, 5, 6]])",
      R"(, "segmentation": {"size": [2, 2], "counts": [1, 3]})",
      R"(, "attributes": {"id": 5, "image_id": 99})",
  };
  for (const std::string& fields : tolerated)
    EXPECT_THAT(problems_with(annotation(fields)), IsEmpty()) << fields;
}

TEST(Coco, IdsMayBeTextOrWholeNumbersOfAnySpelling) {
  const CocoFile file = load_text(
      R"({"images": [{"id": "frame-7", "file_name": "a.jpg", "width": 9, "height": 9},
                     {"id": 9223372036854775807, "file_name": "b.jpg", "width": 9, "height": 9},
                     {"id": "42", "file_name": "c.jpg", "width": 9, "height": 9}],
          "categories": [{"id": 5, "name": "car"}],
          "annotations": [
            {"id": "x", "image_id": "frame-7", "category_id": "5", "bbox": [0, 0, 1, 1]},
            {"id": 1, "image_id": 9223372036854775807, "category_id": 5, "bbox": [0, 0, 1, 1]},
            {"id": 2, "image_id": 42, "category_id": 5.0, "bbox": [0, 0, 1, 1]}]})");
  EXPECT_THAT(lines(file), IsEmpty());
  ASSERT_EQ(file.data.images().size(), 3u);
  EXPECT_EQ(file.data.images()[0].file_name, "b.jpg") << "numbers come before texts";
  EXPECT_EQ(file.data.images()[1].id.text, "42");
  EXPECT_EQ(file.data.annotations_of(0)[0].id.number, 1);
  EXPECT_EQ(file.data.annotations_of(1)[0].id.number, 2);
  EXPECT_EQ(file.data.annotations_of(2)[0].id.text, "x");
}

TEST(Coco, AMissingBoxIsMadeOfPolygonsOnly) {
  const CocoFile file = load_text(file_with(
      R"({"id": 1, "image_id": 7, "category_id": 1, "segmentation": [[5, 6, 9, 6, 9, 8], [2, 7, 3, 20, 4, 7]]},
         {"id": 2, "image_id": 7, "category_id": 1, "segmentation": {"size": [1, 1], "counts": [1]}},
         {"id": 3, "image_id": 7, "category_id": 1, "segmentation": [["a"]]})"));
  EXPECT_THAT(lines(file),
              ElementsAre(HasSubstr("(id 2): has no bbox, and no polygons to make one of"),
                          HasSubstr("(id 3): has no bbox: segmentation has a polygon")));
  ASSERT_EQ(file.data.annotations().size(), 1u);
  const BoxXywh& box = file.data.annotations()[0].box;
  EXPECT_EQ(box.x, 2);
  EXPECT_EQ(box.y, 6);
  EXPECT_EQ(box.width, 7);
  EXPECT_EQ(box.height, 14);
}

TEST(Coco, OutlinesAreReadWhenAskedFor) {
  const CocoFile file = load_text(
      file_with(annotation(R"(, "segmentation" : [ [1, 2.5, 3, 4, 5, 6] ] , "x": 1)") + "," +
                R"({"id": 2, "image_id": 7, "category_id": 1, "bbox": [0, 0, 1, 1],
          "segmentation": {"size": [3, 2], "counts": [1, 2, 3]}},
         {"id": 3, "image_id": 7, "category_id": 1, "bbox": [0, 0, 1, 1],
          "segmentation": {"size": [3, 2], "counts": "abc"}},
         {"id": 4, "image_id": 7, "category_id": 1, "bbox": [0, 0, 1, 1]},
         {"id": 5, "image_id": 7, "category_id": 1, "bbox": [0, 0, 1, 1], "segmentation": [[1, 2, 3]]})"));
  const auto all = file.data.annotations();
  ASSERT_EQ(all.size(), 5u);
  EXPECT_THAT(file.data.segmentation(all[0]).polygons,
              ElementsAre(ElementsAre(1, 2.5, 3, 4, 5, 6)));
  const Segmentation runs = file.data.segmentation(all[1]);
  EXPECT_THAT(runs.counts, ElementsAre(1u, 2u, 3u));
  EXPECT_EQ(runs.height, 3);
  EXPECT_EQ(runs.width, 2);
  EXPECT_EQ(file.data.segmentation(all[2]).compressed_counts, "abc");
  EXPECT_TRUE(file.data.segmentation(all[3]).empty());
  EXPECT_THAT(error_of([&] { file.data.segmentation(all[4]); }),
              HasSubstr("set.json: annotation 5: segmentation has a polygon of 3 numbers"));
}

TEST(Coco, AnOutlineOfAFileThatChangedIsRefused) {
  const CocoFile file =
      load_text(file_with(annotation(R"(, "segmentation": [[1, 2, 3, 4, 5, 6]])")));
  {
    std::FILE* handle = std::fopen(test_file("set.json").c_str(), "r+");
    std::filesystem::resize_file(test_file("set.json"), 10);
    std::fclose(handle);
  }
  EXPECT_THAT(error_of([&] { file.data.segmentation(file.data.annotations()[0]); }),
              HasSubstr("was written to after it was loaded"));
}

TEST(Coco, KeysOfTheFileComeInAnyOrder) {
  const CocoFile file = load_text(
      "\xEF\xBB\xBF"
      R"( {"x": "},{", "annotations": [{"id": 1, "image_id": 2, "category_id": 3, "bbox": [0,0,1,1]}],
       "y": [[{"images": [5]}], {"a": {}}], "categories": [{"id": 3, "name": "n"}],
       "images": [{"id": 2, "file_name": "a.jpg", "width": 4, "height": 4}], "z": 1e5}
)");
  EXPECT_THAT(lines(file), IsEmpty());
  EXPECT_EQ(file.data.annotations().size(), 1u);
}

// The loader with slices of a few bytes and some threads finds what it finds with one thread.
TEST(Coco, ThreadsAndSlicesChangeNothing) {
  std::string many;
  for (int i = 0; i < 300; ++i) {
    many +=
        text_of(i > 0 ? ",\n" : "", R"({"id": )", 1000 - i, R"(, "image_id": )",
                i % 5 == 0 ? "3" : "7", R"(, "bbox": [0, 0, )", i % 90, R"(, 1], "category_id": )",
                i % 17 == 0 ? "5" : "1", R"(, "segmentation": [[)", i, ", 2, 3, 4, 5, 6]]}");
  }
  const auto path = write_test_file("set.json", file_with(many));
  const CocoFile expected = CocoLoader(path, {1, 1 << 20}).load();
  ASSERT_GT(expected.data.annotations().size(), 200u);
  ASSERT_GT(expected.problems.size(), 10u);
  for (const int threads : {1, 4}) {
    for (const std::int64_t bytes : {50, 333, 4096}) {
      const CocoFile file = CocoLoader(path, {threads, bytes}).load();
      EXPECT_EQ(lines(file), lines(expected));
      ASSERT_EQ(file.data.annotations().size(), expected.data.annotations().size());
      for (std::size_t i = 0; i < expected.data.annotations().size(); ++i) {
        const CocoAnnotation &a = file.data.annotations()[i], &b = expected.data.annotations()[i];
        EXPECT_EQ(a.id, b.id);
        EXPECT_EQ(a.image, b.image);
        EXPECT_EQ(a.box.width, b.box.width);
        EXPECT_EQ(a.segmentation.offset, b.segmentation.offset);
        EXPECT_EQ(file.data.segmentation(a).polygons, expected.data.segmentation(b).polygons);
      }
    }
  }
}

TEST(Coco, ASetIsMadeOfRecordsInAnyOrder) {
  const CocoDataSet data("made", {{{9, ""}, "b.jpg", 5, 5}, {{2, ""}, "a.jpg", 5, 5}},
                         {{{3, ""}, "x", ""}, {{1, ""}, "y", ""}},
                         {{.id = {1, ""}, .image = 0, .category = 0},
                          {.id = {2, ""}, .image = 1, .category = 1},
                          {.id = {3, ""}, .image = 0, .category = 1}});
  EXPECT_EQ(data.images()[0].file_name, "a.jpg");
  EXPECT_EQ(data.annotations_of(0)[0].id.number, 2);
  EXPECT_EQ(data.annotations_of(0)[0].category, 0);
  EXPECT_EQ(data.annotations_of(1)[0].id.number, 1);
  EXPECT_EQ(data.annotations_of(1)[0].category, 1);
  EXPECT_EQ(data.annotations_of(1)[1].id.number, 3);
  EXPECT_THAT(error_of([] {
                CocoDataSet("made", {{{1, ""}, "", 0, 0}, {{1, ""}, "", 0, 0}}, {}, {});
              }),
              HasSubstr("two images have the id 1"));
  EXPECT_THAT(error_of([] {
                CocoDataSet("made", {}, {}, {{.id = {4, ""}}});
              }),
              HasSubstr("annotation 4 is of image 0, there are 0"));
}

}  // namespace
}  // namespace saccade
