// COCO annotation files with faults: what is a problem of a record, what is worth knowing, what is an error.
#include <gmock/gmock.h>
#include <gtest/gtest.h>

#include "saccade/data/coco.h"
#include "tests/data/coco_text.h"

namespace saccade {
namespace {

using ::testing::ElementsAre;
using ::testing::HasSubstr;
using ::testing::IsEmpty;

TEST(Coco, FaultsOfAnnotationsNameTheRecord) {
  struct Case {
    std::string record, expected;
  };
  const auto with = [](const std::string& bbox) {
    return R"({"id": 901, "image_id": 7, "category_id": 1, "bbox": )" + bbox + "}";
  };
  const Case cases[] = {
      {R"({"image_id": 77, "category_id": 1, "bbox": [1, 2, 3, 4], "id": 901})",
       "set.json: annotations[0] (id 901): image_id 77 is not among the images"},
      {R"({"id": 901, "image_id": "x", "category_id": 1, "bbox": [1, 2, 3, 4]})",
       "set.json: annotations[0] (id 901): image_id \"x\" is not among the images"},
      {R"({"id": 901, "image_id": 7, "category_id": 2, "bbox": [1, 2, 3, 4]})",
       "set.json: annotations[0] (id 901): category_id 2 is not among the categories"},
      {R"({"id": 901, "image_id": 7.5, "category_id": 1, "bbox": [1, 2, 3, 4]})",
       "image_id is 7.5, not a whole number of 64 bits or a text"},
      {R"({"id": "", "image_id": 7, "category_id": 1, "bbox": [1, 2, 3, 4]})",
       "set.json: annotations[0]: id is \"\", not a"},
      {R"({"id": 18446744073709551616, "image_id": 7, "category_id": 1, "bbox": [1, 2, 3, 4]})",
       "id is 18446744073709551616, not a whole number"},
      {R"({"image_id": 7, "category_id": 1, "bbox": [1, 2, 3, 4]})",
       "set.json: annotations[0]: has no id"},
      {R"({"id": 901, "category_id": 1, "bbox": [1, 2, 3, 4]})", "(id 901): has no image_id"},
      {R"({"id": 901, "image_id": 7, "bbox": [1, 2, 3, 4]})", "(id 901): has no category_id"},
      {R"({"id": 901, "image_id": 7, "category_id": 1})", "(id 901): has no bbox"},
      {"[1, 2]", "set.json: annotations[0]: is a list, not an object"},
      {"12", "set.json: annotations[0]: is 12, not an object"},
      {with("[1, 2, -3, 4]"), "bbox has a negative width (-3)"},
      {with("[1, 2, 3, -4]"), "bbox has a negative height (-4)"},
      {with("[1, 2, NaN, 4]"), "bbox[2] is NaN, not a finite number"},
      {with("[1, Infinity, 3, 4]"), "bbox[1] is Infinity, not a finite number"},
      {with("[1e999, 2, 3, 4]"), "bbox[0] is 1e999, not a finite number"},
      {with(R"(["1", 2, 3, 4])"), "bbox[0] is \"1\", not a finite number"},
      {with("[1e30, 2, 3, 4]"), "bbox has an absurd number (1e+30)"},
      {with("[1, 2, 3]"), "bbox is not a list of four numbers"},
      {with("[1, 2, 3, 4, 5]"), "bbox is not a list of four numbers"},
      {with("[]"), "bbox is not a list of four numbers"},
      {with("{}"), "bbox is an object, not a list of four numbers"},
      {annotation(R"(, "area": "big")"), "area is \"big\", not a number of pixels"},
      {annotation(R"(, "area": -1)"), "area is -1, not a number of pixels"},
      {annotation(R"(, "iscrowd": 2)"), "iscrowd is 2, not 0 or 1"},
      {annotation(R"(, "iscrowd": "0")"), "iscrowd is \"0\", not 0 or 1"},
      {annotation(R"(, "segmentation": )" + std::string(10'000, '[') + std::string(10'000, ']')),
       "segmentation is neither polygons nor run lengths"},
  };
  for (const Case& c : cases) {
    const CocoFile file = load_text(file_with(c.record));
    EXPECT_THAT(lines(file), ElementsAre(HasSubstr(c.expected))) << c.record;
    EXPECT_EQ(file.breaking_count, 1) << c.record;
    EXPECT_TRUE(file.data.annotations().empty()) << "a record with a fault is left out";
  }
}

TEST(Coco, WhatIsWorthKnowingDoesNotBreak) {
  EXPECT_THAT(problems_with(R"({"id": 4, "image_id": 7, "category_id": 1, "bbox": [1, 2, 0, 4]})"),
              ElementsAre("note: set.json: annotations[0] (id 4): bbox has a width of 0; training "
                          "drops it"));
  EXPECT_THAT(
      problems_with(R"({"id": 4, "image_id": 7, "category_id": 1, "bbox": [90, 2, 11.5, 4]})"),
      ElementsAre("note: set.json: annotations[0] (id 4): bbox [90,2,11.5,4] reaches out of its "
                  "image of 100 x 80"));
  EXPECT_THAT(
      problems_with(R"({"id": 4, "image_id": 7, "category_id": 1, "bbox": [-1, 0, 102, 81]})"),
      IsEmpty())
      << "up to one pixel is rounding";
}

TEST(Coco, OfTwoRecordsWithOneIdTheLaterIsLeftOut) {
  const CocoFile file = load_text(
      R"({"images": [{"id": 1, "file_name": "a.jpg", "width": 9, "height": 9},
                     {"id": 1, "file_name": "b.jpg", "width": 9, "height": 9},
                     {"id": 2, "file_name": "a.jpg", "width": 9, "height": 9}],
          "categories": [{"id": 5, "name": "car"}, {"id": 5, "name": "bus"}, {"id": 6, "name": "car"}],
          "annotations": [
            {"id": 900100000001, "image_id": 1, "category_id": 5, "bbox": [0, 0, 1, 1]},
            {"id": 900100000001, "image_id": 1, "category_id": 5, "bbox": [0, 0, 2, 2]},
            {"id": 3, "image_id": 1, "category_id": 5, "bbox": [0, 0, 3, 3]},
            {"id": 3, "image_id": 1, "category_id": 5, "bbox": [0, 0, 4, 4]}]})");
  EXPECT_THAT(
      lines(file),
      ElementsAre(
          "note: set.json: images[2] (id 2): another image has the file_name \"a.jpg\" too",
          "set.json: images[1] (id 1): an earlier image has the same id",
          "note: set.json: categories[2] (id 6): another category has the name \"car\" too",
          "set.json: categories[1] (id 5): an earlier category has the same id",
          "set.json: annotations[1] (id 900100000001): an earlier annotation has the same id",
          "set.json: annotations[3] (id 3): an earlier annotation has the same id"));
  EXPECT_EQ(file.data.images()[0].file_name, "a.jpg");
  EXPECT_EQ(file.data.categories()[0].name, "car");
  ASSERT_EQ(file.data.annotations().size(), 2u);
  EXPECT_EQ(file.data.annotations()[1].box.width, 3);
}

TEST(Coco, FaultsOfImages) {
  struct Case {
    const char *record, *expected;
  };
  const Case cases[] = {
      {R"({"id": 1, "width": 9, "height": 9})", "set.json: images[0] (id 1): has no file_name"},
      {R"({"id": 1, "file_name": 5, "width": 9, "height": 9})", "file_name is 5, not the name of"},
      {R"({"id": 1, "file_name": "/etc/a.jpg", "width": 9, "height": 9})",
       "leads out of the folder"},
      {R"({"id": 1, "file_name": "a/../../b.jpg", "width": 9, "height": 9})", "leads out of the"},
      {R"({"id": 1, "file_name": "a\u0000.jpg", "width": 9, "height": 9})",
       "leads out of the folder"},
      {R"({"id": 1, "file_name": "a.jpg", "width": -9, "height": 9})", "negative size (-9 x 9)"},
      {R"({"id": 1, "file_name": "a.jpg", "width": 1000000, "height": 1000000})", "is too large"},
      {R"({"id": 1, "file_name": "a.jpg", "width": "9", "height": 9})",
       "width is \"9\", not a whole"},
      {R"({"id": 1, "file_name": "a.jpg", "width": 9.5, "height": 9})",
       "width is 9.5, not a whole"},
      {R"({"id": 1, "file_name": "a.jpg"})",
       "note: set.json: images[0] (id 1): has no width and height"},
      {R"({"id": 1, "file_name": "a.jpg", "width": 0, "height": 9})", "note: set.json: images[0]"},
  };
  for (const Case& c : cases) {
    const CocoFile file = load_text(text_of(R"({"images": [)", c.record,
                                            R"(], "annotations": [{"id": 1, "image_id": 1,
        "category_id": 1, "bbox": [0, 0, 2, 2]}], "categories": [{"id": 1, "name": "x"}]})"));
    EXPECT_THAT(lines(file), ElementsAre(HasSubstr(c.expected))) << c.record;
    EXPECT_EQ(file.data.annotations().size(), 1u) << "its annotations are still checked";
    const CocoImage& image = file.data.images()[0];
    EXPECT_TRUE(image.file_name.empty() || image.file_name == "a.jpg");
    EXPECT_EQ(image.width, image.height) << "9, or 0 where either is at fault";
  }
  const CocoFile no_id = load_text(
      R"({"images": [{"file_name": "a.jpg", "width": 9, "height": 9}, 5], "annotations": [],
          "categories": []})");
  EXPECT_THAT(lines(no_id), ElementsAre("set.json: images[0]: has no id",
                                        "set.json: images[1]: is 5, not an object"));
}

TEST(Coco, ACategoryWithoutANameIsCalledByItsId) {
  const CocoFile file = load_text(
      R"({"images": [], "annotations": [], "categories": [{"id": 4}, {"id": "x", "name": null}, {}]})");
  EXPECT_EQ(file.data.categories()[0].name, "class 4");
  EXPECT_EQ(file.data.categories()[1].name, "class x");
  EXPECT_THAT(lines(file),
              ElementsAre(HasSubstr("note: set.json: categories[0] (id 4): has no name"),
                          HasSubstr("note: set.json: categories[1] (id \"x\"): has no name"),
                          "set.json: categories[2]: has no id"));
}

TEST(Coco, WhatIsNoAnnotationFileIsAnErrorOfOneLine) {
  struct Case {
    std::string text, expected;
  };
  const std::string whole = file_with(annotation(""));
  const Case cases[] = {
      {"", "is empty (0 bytes)"},
      {"  \n", "is no JSON object"},
      {"5", "is no JSON object"},
      {"[]", "it is a list (of results?)"},
      {"{}", "it has no list 'images'"},
      {R"({"images": 5})", "'images' is no list"},
      {R"({"images": {}, "annotations": []})", "'images' is no list"},
      {R"({"images": [], "images": []})", "has 'images' twice"},
      {file_with(annotation("") + R"(, {"id": 2, {"id": 3}, {"id": 4})"),
       "annotations[1] (byte 272) is no valid JSON: a comma, a bracket or a key is missing"},
      {whole + "x", "something follows its end"},
      {whole + whole, "something follows its end"},
      {whole.substr(0, whole.size() - 1), "cut off"},
      {whole.substr(0, whole.size() / 2), "cut off"},
      {R"({"images": [], "annotations": [] "categories": []})", "'}' expected"},
      {R"({"a": )" + std::string(10'000, '['), "nested more than 1000 deep"},
  };
  for (const Case& c : cases) {
    const std::string message = error_of([&] { load_text(c.text); });
    EXPECT_THAT(message, HasSubstr(c.expected)) << c.text.substr(0, 80);
    EXPECT_THAT(message, HasSubstr("set.json")) << message;
    EXPECT_EQ(message.find('\n'), std::string::npos);
  }
}

TEST(Coco, AFileWithoutAnnotationsHasImagesAndAProblem) {
  const CocoFile file =
      load_text(R"({"images": [{"id": 1, "file_name": "a.jpg", "width": 2, "height": 2}]})");
  EXPECT_EQ(file.data.images().size(), 1u);
  EXPECT_THAT(lines(file), ElementsAre("set.json: has no list 'categories'",
                                       "set.json: has no list 'annotations'"));
}

TEST(Coco, LoadWholeThrowsTheFirstThatBreaksAndCountsTheRest) {
  const auto path = write_test_file(
      "set.json", file_with(R"({"id": 1, "image_id": 7, "category_id": 1, "bbox": [0, 0, 0, 1]},
                               {"id": 2, "image_id": 8, "category_id": 1, "bbox": [0, 0, 1, 1]},
                               {"id": 3, "image_id": 9, "category_id": 1, "bbox": [0, 0, 1, 1]})"));
  EXPECT_EQ(error_of([&] { load_whole_coco(path); }),
            "set.json: annotations[1] (id 2): image_id 8 is not among the images (and 1 more such "
            "problems: `saccade data check` lists them)");
  EXPECT_EQ(
      load_whole_coco(write_test_file("set.json", file_with(annotation("")))).annotations().size(),
      1u);
}

TEST(Coco, ProblemsBeyondTheKeptOnesAreCounted) {
  std::string many;
  for (int i = 0; i < 12'000; ++i) {
    many += text_of(i > 0 ? "," : "", R"({"id": )", i,
                    R"(, "image_id": 77, "category_id": 1, "bbox": [0, 0, 1, 1]})");
  }
  const CocoFile file = load_text(file_with(many));
  EXPECT_EQ(file.problem_count, 12'000);
  EXPECT_EQ(file.breaking_count, 12'000);
  EXPECT_EQ(file.problems.size(), 10'000u);
}

}  // namespace
}  // namespace saccade
