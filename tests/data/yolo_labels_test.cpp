// The label files of YOLO.
#include "saccade/data/yolo_labels.h"

#include <gmock/gmock.h>
#include <gtest/gtest.h>

#include <cmath>
#include <random>

#include "tests/data/temporary_folder.h"

namespace saccade {
namespace {

using ::testing::ElementsAre;
using ::testing::HasSubstr;
using ::testing::IsEmpty;
using ::testing::SizeIs;
using ::testing::StartsWith;

std::vector<LabelledBox> parse(const std::string& text) {
  std::int64_t clipped = 0;
  return parse_yolo_labels(text, "a.txt", 3, 200, 100, clipped);
}

std::string refusal_of(const std::string& text) {
  return refusal([&] { parse(text); });
}

// 200 x 100 pixels: centre (100, 50), 40 x 20.
TEST(YoloLabels, ARowIsABoxAroundItsCentre) {
  const auto boxes = parse("2 0.5 0.5 0.2 0.2\n");
  ASSERT_THAT(boxes, SizeIs(1));
  EXPECT_EQ(boxes[0].category, 2);
  EXPECT_EQ(boxes[0].box.x, 80);
  EXPECT_EQ(boxes[0].box.y, 40);
  EXPECT_EQ(boxes[0].box.width, 40);
  EXPECT_EQ(boxes[0].box.height, 20);
  EXPECT_THAT(boxes[0].outline, IsEmpty());
}

TEST(YoloLabels, MorePointsAreAnOutlineWithItsBox) {
  const auto boxes = parse("0 0.1 0.2 0.5 0.2 0.5 0.6 0.1 0.5");
  ASSERT_THAT(boxes, SizeIs(1));
  EXPECT_THAT(boxes[0].outline, ElementsAre(20, 20, 100, 20, 100, 60, 20, 50));
  EXPECT_EQ(boxes[0].box.x, 20);
  EXPECT_EQ(boxes[0].box.y, 20);
  EXPECT_EQ(boxes[0].box.width, 80);
  EXPECT_EQ(boxes[0].box.height, 40);
}

TEST(YoloLabels, BlankLinesReturnsTabsAndAByteOrderMarkArePassedOver) {
  EXPECT_THAT(parse(""), IsEmpty());
  EXPECT_THAT(parse("\n \r\n"), IsEmpty());
  EXPECT_THAT(parse("\xEF\xBB\xBF"
                    "0 .5 .5 .1 .1\r\n\r\n1.0\t0.5  0.5 1e-1 0.1"),
              SizeIs(2));
}

TEST(YoloLabels, FaultsAreNamedByLine) {
  EXPECT_THAT(refusal_of("0 .5 .5 .1 .1\n\n0 .5 .5 .1\n"),
              StartsWith("a.txt:3: 4 columns, expected 5"));
  EXPECT_THAT(refusal_of("0 .5 .5 .1 .1 0.9"), HasSubstr("confidence are no labels"));
  EXPECT_THAT(refusal_of("0 .1 .1 .2 .2 .3 .3 .4"), StartsWith("a.txt:1: 8 columns"));
  EXPECT_THAT(refusal_of("3 .5 .5 .1 .1"),
              StartsWith("a.txt:1: class 3, this data set has 0 to 2"));
  EXPECT_THAT(refusal_of("-1 .5 .5 .1 .1"), HasSubstr("class -1"));
  EXPECT_THAT(refusal_of("0.5 .5 .5 .1 .1"), HasSubstr("class 0.5"));
  EXPECT_THAT(refusal_of("car .5 .5 .1 .1"), HasSubstr("column 1 is 'car', expected a number"));
  EXPECT_THAT(refusal_of("0 .5 .5 .1 .1x"), HasSubstr("column 5 is '.1x'"));
  EXPECT_THAT(refusal_of("0 nan .5 .1 .1"), HasSubstr("column 2 is 'nan', expected a number"));
  EXPECT_THAT(refusal_of("0 .5 inf .1 .1"), HasSubstr("column 3 is 'inf'"));
  EXPECT_THAT(refusal_of("0 .5 1e999 .1 .1"), HasSubstr("column 3"));
  EXPECT_THAT(refusal_of("0 320 240 10 10"), HasSubstr("these look like pixels"));
  EXPECT_THAT(refusal_of("0 .5 .5 0 .1"), HasSubstr("no area"));
  EXPECT_THAT(refusal_of("0 .1 .1 .1 .2 .1 .3"), HasSubstr("no area"));
  EXPECT_THAT(refusal_of("1e30 .5 .5 .1 .1"), HasSubstr("class 1e30"));
}

TEST(YoloLabels, AnOvershootOfAThousandthIsClippedAndMoreRefused) {
  EXPECT_EQ(parse("0 1.0009 0.5 0.2 0.2")[0].box.width, 20);  // centre at the edge: half is outside
  EXPECT_THAT(refusal_of("0 1.0011 0.5 0.2 0.2"), HasSubstr("expected a fraction of the image"));
  EXPECT_THAT(refusal_of("0 -0.0011 0.5 0.2 0.2"), HasSubstr("expected a fraction of the image"));
}

TEST(YoloLabels, BoxesOverTheEdgeAreClippedAndCounted) {
  std::int64_t clipped = 0;
  const auto boxes =
      parse_yolo_labels("0 0.95 0.5 0.2 0.2\n0 0.9 0.5 0.2 0.2\n", "a.txt", 1, 200, 100, clipped);
  EXPECT_EQ(clipped, 1);  // the second just touches the edge
  EXPECT_EQ(boxes[0].box.x, 170);
  EXPECT_EQ(boxes[0].box.width, 30);
  EXPECT_EQ(boxes[1].box.width, 40);
}

// Any box inside any image comes back to within 1e-3 pixels.
TEST(YoloLabels, WrittenBoxesReadBackTheSame) {
  std::mt19937 random(5);
  std::uniform_real_distribution<double> uniform(0, 1);
  for (int trial = 0; trial < 2000; ++trial) {
    LabelledImage image{"a.jpg", "", 1 + static_cast<int>(random() % 9000),
                        1 + static_cast<int>(random() % 9000)};
    const double w = image.width * (0.001 + 0.999 * uniform(random));
    const double h = image.height * (0.001 + 0.999 * uniform(random));
    const BoxXywh box{(image.width - w) * uniform(random), (image.height - h) * uniform(random), w,
                      h};
    image.boxes = {{1, box}};
    std::int64_t clipped = 0;
    const auto back =
        parse_yolo_labels(yolo_labels_text(image), "a.txt", 2, image.width, image.height, clipped);
    ASSERT_THAT(back, SizeIs(1));
    EXPECT_EQ(back[0].category, 1);
    EXPECT_EQ(clipped, 0);
    for (const auto member : {&BoxXywh::x, &BoxXywh::y, &BoxXywh::width, &BoxXywh::height})
      EXPECT_NEAR(back[0].box.*member, box.*member, 1e-3) << image.width << " x " << image.height;
  }
}

// Bytes of any kind end in boxes or in an Error with a line, never in a crash.
TEST(YoloLabels, RandomBytesAreReadOrRefused) {
  std::mt19937 random(6);
  const std::string alphabet = "01.-e+ \n\t5nai\xff\0x";
  for (int trial = 0; trial < 20'000; ++trial) {
    std::string text = "0 .5 .5 .1 .1\n";
    for (int i = 0; i < 12; ++i)
      text[random() % text.size()] = alphabet[random() % alphabet.size()];
    const std::string said = refusal_of(text);
    EXPECT_TRUE(said == "accepted" || said.starts_with("a.txt:")) << said;
  }
}

TEST(YoloLabels, LabelsLieBesideTheLastFolderOfImages) {
  EXPECT_EQ(yolo_label_path("d/images/val/a.jpg"), "d/labels/val/a.txt");
  EXPECT_EQ(yolo_label_path("images/d/images/a.b.jpg"), "images/d/labels/a.b.txt");
  EXPECT_EQ(yolo_label_path("d/my_images/a.jpg"), "d/my_images/a.txt");
  EXPECT_EQ(yolo_label_path("/d/images"), "/d/images.txt");
}

}  // namespace
}  // namespace saccade
