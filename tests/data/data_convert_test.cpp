// Data sets in another format, from folder to folder.
#include "saccade/data/data_convert.h"

#include <gmock/gmock.h>

#include "saccade/data/coco_writer.h"
#include "saccade/data/labelled_set.h"
#include "saccade/data/yolo_writer.h"
#include "saccade/image/encode.h"
#include "tests/data/temporary_folder.h"

namespace saccade {
namespace {

namespace fs = std::filesystem;
using ::testing::HasSubstr;
using ::testing::SizeIs;

class DataConvert : public InTemporaryFolder {
 protected:
  void image(const std::string& name, int width = 200, int height = 100) const {
    file(name, encode_jpeg(Image(width, height), 50));
  }
  DataConvertOptions options(const std::string& source, const std::string& out) const {
    DataConvertOptions made;
    made.source = folder_ / source;
    made.out = folder_ / out;
    return made;
  }
  std::string refusal_of(const DataConvertOptions& options) const {
    return refusal([&] { convert_data_set(options); });
  }
  // Two splits, an image without a label file, an empty label file, an outline.
  void yolo_set() const {
    for (const char* name : {"train/a.jpg", "train/b.jpg", "train/night/a.jpg", "val/c.jpg"})
      image(std::string("y/images/") + name);
    file("y/labels/train/a.txt", "1 0.5 0.5 0.2 0.2\n0 0.1 0.2 0.5 0.2 0.5 0.6\n");
    file("y/labels/train/b.txt", "");
    file("y/labels/val/c.txt", "0 0.5 0.5 1 1\n");
    file("y/data.yaml", "train: images/train\nval: images/val\nnames: [car, bike]\n");
  }
};

TEST_F(DataConvert, YoloBecomesCoco) {
  yolo_set();
  const DataConversion made = convert_data_set(options("y", "c"));
  ASSERT_THAT(made.splits, SizeIs(2));
  EXPECT_EQ(made.splits[0].num_images, 3);
  EXPECT_EQ(made.splits[0].num_boxes, 2);
  EXPECT_THAT(made.notes, testing::ElementsAre(HasSubstr("1 images have no label file")));

  const CocoDataSet train = load_whole_coco(folder_ / "c/annotations/instances_train.json");
  ASSERT_THAT(train.images(), SizeIs(3));
  EXPECT_EQ(train.images()[0].file_name, "a.jpg");
  EXPECT_EQ(train.images()[2].file_name, "night/a.jpg");
  EXPECT_EQ(train.images()[2].width, 200);
  EXPECT_EQ(train.categories()[1].name, "bike");
  const auto boxes = train.annotations_of(0);
  ASSERT_THAT(boxes, SizeIs(2));
  EXPECT_EQ(boxes[0].category, 1);
  EXPECT_EQ(boxes[0].box.x, 80);
  EXPECT_EQ(boxes[0].area, 800);
  EXPECT_EQ(boxes[1].area, 1600);  // half of 80 x 40
  EXPECT_THAT(train.segmentation(boxes[1]).polygons, SizeIs(1));
  EXPECT_TRUE(fs::is_symlink(folder_ / "c/train/night/a.jpg"));
  EXPECT_TRUE(fs::equivalent(folder_ / "c/val/c.jpg", folder_ / "y/images/val/c.jpg"));
}

TEST_F(DataConvert, VocBecomesCocoExactly) {
  const std::string size = "<size><width>640</width><height>380</height></size>";
  const auto voc = [&](const char* stem, const std::string& inside) {
    image(text_of("v/JPEGImages/", stem, ".jpg"), 640, 380);
    file(text_of("v/Annotations/", stem, ".xml"),
         text_of("<annotation><filename>", stem, ".jpg</filename>", size, inside, "</annotation>"));
  };
  const auto object = [](const char* name, const char* box, const char* difficult) {
    return text_of("<object><name>", name, "</name><difficult>", difficult, "</difficult><bndbox>",
                   box, "</bndbox></object>");
  };
  voc("a",
      object("tram", "<xmin>3</xmin><ymin>5</ymin><xmax>10</xmax><ymax>25</ymax>", "0") +
          object("car", "<xmin>600</xmin><ymin>0</ymin><xmax>641</xmax><ymax>380</ymax>", "1"));
  voc("b", "");
  voc("c", object("bus", "<xmin>1</xmin><ymin>1</ymin><xmax>2</xmax><ymax>2</ymax>", "0"));
  file("v/ImageSets/Main/val.txt", "a\nb\n");
  file("v/ImageSets/Main/car_val.txt", "a  1\nb -1\n");

  const DataConversion made = convert_data_set(options("v", "c"));
  ASSERT_THAT(made.splits, SizeIs(1));
  EXPECT_EQ(made.splits[0].name, "val");
  const CocoDataSet data = load_whole_coco(folder_ / "c/annotations/instances_val.json");
  EXPECT_THAT(data.images(), SizeIs(2));
  ASSERT_THAT(data.categories(), SizeIs(3));  // those of c.xml too: the same ids in every split
  EXPECT_EQ(data.categories()[0].name, "bus");
  const auto boxes = data.annotations_of(0);
  ASSERT_THAT(boxes, SizeIs(2));
  EXPECT_EQ(data.categories()[boxes[0].category].name, "tram");
  EXPECT_EQ(boxes[0].box.x, 3);
  EXPECT_EQ(boxes[0].box.y, 5);
  EXPECT_EQ(boxes[0].box.width, 7);
  EXPECT_EQ(boxes[0].box.height, 20);
  EXPECT_EQ(boxes[0].area, 140);
  EXPECT_EQ(boxes[1].box.width, 40);  // clipped by the pixel it reached out
  EXPECT_THAT(read_file(folder_ / "c/annotations/instances_val.json"), HasSubstr("\"ignore\":1"));
  EXPECT_THAT(made.notes, testing::ElementsAre(HasSubstr("1 difficult objects")));

  auto by_class = options("v", "d");
  by_class.split = "car_val";
  EXPECT_EQ(convert_data_set(by_class).splits[0].num_images, 1);
  by_class.split = "../Main/val";
  EXPECT_THAT(refusal_of(by_class), HasSubstr("--split"));
}

// Crowd regions and what lies outside is left out and said; the rest survives both ways.
TEST_F(DataConvert, CocoToYoloAndBackKeepsEveryBox) {
  const char* const json = R"({"images": [
    {"id": 9, "file_name": "b/z.jpg", "width": 333, "height": 77},
    {"id": 4, "file_name": "x.jpg", "width": 200, "height": 100}],
   "categories": [{"id": 70, "name": "second: \"quoted\" #7"}, {"id": 3, "name": "no"}],
   "annotations": [
    {"id": 1, "image_id": 9, "category_id": 70, "bbox": [1.37, 2.02, 300.11, 70.9], "iscrowd": 0},
    {"id": 2, "image_id": 9, "category_id": 3, "bbox": [0, 0, 333, 77], "iscrowd": 1},
    {"id": 3, "image_id": 4, "category_id": 3, "bbox": [190, 90, 30, 30], "iscrowd": 0},
    {"id": 4, "image_id": 4, "category_id": 3, "bbox": [300, 90, 30, 30], "iscrowd": 0},
    {"id": 5, "image_id": 4, "category_id": 3, "bbox": [10.125, 20.25, 0.5, 33.333], "iscrowd": 0}]})";
  file("c/annotations/instances_val2017.json", json);
  image("c/val2017/b/z.jpg", 333, 77);
  image("c/val2017/x.jpg");
  const DataConversion there = convert_data_set(options("c", "y"));
  EXPECT_EQ(there.config, folder_ / "y/data.yaml");
  EXPECT_THAT(there.notes,
              testing::ElementsAre(HasSubstr("1 crowd regions"), HasSubstr("1 boxes without area"),
                                   HasSubstr("1 boxes clipped")));
  const DataConversion back = convert_data_set(options("y", "back"));
  EXPECT_EQ(back.splits[0].name, "val");

  const CocoDataSet data = load_whole_coco(folder_ / "back/annotations/instances_val.json");
  ASSERT_THAT(data.images(), SizeIs(2));
  EXPECT_EQ(data.images()[0].file_name, "b/z.jpg");
  EXPECT_EQ(data.categories()[0].name, "no");
  EXPECT_EQ(data.categories()[1].name, "second: \"quoted\" #7");
  ASSERT_THAT(data.annotations(), SizeIs(3));
  const double expected[3][4] = {
      {1.37, 2.02, 300.11, 70.9}, {190, 90, 10, 10}, {10.125, 20.25, 0.5, 33.333}};
  for (int i = 0; i < 3; ++i) {
    const BoxXywh& box = data.annotations()[i].box;
    EXPECT_NEAR(box.x, expected[i][0], 1e-3);
    EXPECT_NEAR(box.y, expected[i][1], 1e-3);
    EXPECT_NEAR(box.width, expected[i][2], 1e-3);
    EXPECT_NEAR(box.height, expected[i][3], 1e-3);
  }
  EXPECT_EQ(data.annotations()[0].category, 1);
}

TEST_F(DataConvert, FileNamesMayNotLeaveTheFolder) {
  file(
      "v/Annotations/a.xml",
      "<annotation><filename>../../up.jpg</filename><size><width>9</width><height>9</height></size>"
      "</annotation>");
  EXPECT_THAT(refusal_of(options("v", "c")),
              HasSubstr("a.xml: the file name '../../up.jpg' does not"));
  file("c/instances_val.json",
       R"({"images": [{"id": 1, "file_name": "../up.jpg", "width": 9, "height": 9}],
           "categories": [], "annotations": []})");
  EXPECT_THAT(refusal_of(options("c/instances_val.json", "y")), HasSubstr("../up.jpg"));
  EXPECT_FALSE(fs::exists(folder_ / "y"));
}

TEST(PathBelow, StaysInItsFolder) {
  EXPECT_EQ(path_below("day/a.jpg", "x"), "day/a.jpg");
  EXPECT_EQ(path_below("day/../a.jpg", "x"), "a.jpg");
  for (const char* name : {"", ".", "..", "../a.jpg", "day/../../a.jpg", "/etc/a.jpg", "day/"})
    EXPECT_THAT(refusal([&] { path_below(name, "x"); }), testing::StartsWith("x: the file name"))
        << name;
  EXPECT_THROW(path_below(std::string("a\0b", 3), "x"), Error);
}

TEST_F(DataConvert, NothingIsReplacedUnasked) {
  yolo_set();
  convert_data_set(options("y", "c"));
  auto again = options("y", "c");
  EXPECT_THAT(refusal_of(again), HasSubstr("exists already; add --overwrite"));
  again.overwrite = again.copy_images = true;
  convert_data_set(again);
  EXPECT_FALSE(fs::is_symlink(folder_ / "c/val/c.jpg"));
  EXPECT_EQ(read_file(folder_ / "c/val/c.jpg"), read_file(folder_ / "y/images/val/c.jpg"));

  fs::remove_all(folder_ / "c");
  file("c/val/c.jpg", "another picture");
  EXPECT_THAT(refusal_of(options("y", "c")), HasSubstr("c/val/c.jpg: exists already"));
  EXPECT_EQ(read_file(folder_ / "c/val/c.jpg"), "another picture");
  EXPECT_FALSE(fs::exists(folder_ / "c/annotations"));
}

// Images that already lie where they are wanted are not replaced by links to themselves.
TEST_F(DataConvert, ConvertingInPlaceKeepsTheImages) {
  image("d/images/val/a.jpg");
  file("d/annotations/instances_val.json",
       R"({"images": [{"id": 1, "file_name": "a.jpg", "width": 200, "height": 100}],
           "categories": [{"id": 1, "name": "car"}], "annotations": []})");
  auto in_place = options("d", "d");
  convert_data_set(in_place);
  in_place.overwrite = true;
  in_place.from = "coco";
  convert_data_set(in_place);
  EXPECT_FALSE(fs::is_symlink(folder_ / "d/images/val/a.jpg"));
  EXPECT_GT(fs::file_size(folder_ / "d/images/val/a.jpg"), 100u);
  EXPECT_EQ(read_file(folder_ / "d/labels/val/a.txt"), "");
}

TEST_F(DataConvert, WhatCannotBeConvertedIsSaid) {
  yolo_set();
  auto wrong = options("y", "c");
  wrong.to = "yolo";
  EXPECT_THAT(refusal_of(wrong), HasSubstr("is yolo already"));
  wrong = options("y", "c");
  wrong.split = "test";
  EXPECT_THAT(refusal_of(wrong), HasSubstr("has no split 'test'"));
  EXPECT_THAT(refusal_of(options("nowhere", "c")), HasSubstr("no such file or folder"));
  EXPECT_THAT(refusal_of(options("y/images", "c")), HasSubstr("no data set that we know"));
  fs::remove_all(folder_ / "y/labels");
  EXPECT_THAT(
      refusal_of(options("y", "c")),
      HasSubstr("none of 4 images has a label file; expected " + (folder_ / "y/labels").string()));
  file("y/images/train/broken.jpg", "no picture");
  EXPECT_THAT(refusal_of(options("y", "c")), HasSubstr("broken.jpg: not a JPEG or PNG file"));
  EXPECT_FALSE(fs::exists(folder_ / "c"));
}

TEST_F(DataConvert, TwoImagesCannotShareALabelFile) {
  file("c/instances_val.json",
       R"({"images": [{"id": 1, "file_name": "a.jpg", "width": 9, "height": 9},
    {"id": 2, "file_name": "a.png", "width": 9, "height": 9}], "categories": [], "annotations": []})");
  auto wanted = options("c/instances_val.json", "y");
  wanted.annotations_only = true;
  EXPECT_THAT(refusal_of(wanted), HasSubstr("would share its label file a.txt"));
}

TEST(PolygonArea, IsThatOfTheShape) {
  EXPECT_EQ(polygon_area({0, 0, 4, 0, 4, 3}), 6);
  EXPECT_EQ(polygon_area({4, 3, 4, 0, 0, 0}), 6);
  EXPECT_EQ(polygon_area({}), 0);
}

TEST(YoloConfigText, NamesBothSplitsThatUltralyticsWants) {
  const LabelledSet set{{"car"}, {{"val2017"}}};
  const std::string text = yolo_config_text(set, "Made by: x");
  EXPECT_THAT(text, HasSubstr("train: ~  # not converted\nval: images/val2017\n"));
  const LabelledSet both{{"car"}, {{"val2014"}, {"val2017"}}};
  EXPECT_THAT(refusal([&] { yolo_config_text(both, ""); }),
              HasSubstr("val2014 and val2017 are both val"));
}

}  // namespace
}  // namespace saccade
