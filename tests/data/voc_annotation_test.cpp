// Annotation files of Pascal VOC.
#include "saccade/data/voc_annotation.h"

#include <gmock/gmock.h>

#include <random>

#include "tests/data/temporary_folder.h"

namespace saccade {
namespace {

using ::testing::HasSubstr;
using ::testing::IsEmpty;
using ::testing::SizeIs;

constexpr char kSize[] = "<size><width>640</width><height>380</height><depth>3</depth></size>";

std::string object(const std::string& box, const std::string& more = "") {
  return "<object><name>car</name>" + more + "<bndbox>" + box + "</bndbox></object>";
}

const std::string kBox = "<xmin>10</xmin><ymin>20</ymin><xmax>110.5</xmax><ymax>60</ymax>";

class VocAnnotationFile : public InTemporaryFolder {
 protected:
  VocAnnotation read(const std::string& inside, bool one_based = false) const {
    return read_voc_annotation(file("a.xml", "<annotation>" + inside + "</annotation>"), one_based);
  }
  std::string refusal_of(const std::string& inside) const {
    return refusal([&] { read(inside); });
  }
};

TEST_F(VocAnnotationFile, WidthIsXmaxMinusXmin) {
  const VocAnnotation a = read("<filename> a.jpg\n</filename>" + std::string(kSize) + object(kBox));
  EXPECT_EQ(a.file_name, "a.jpg");
  EXPECT_EQ(a.width, 640);
  EXPECT_EQ(a.height, 380);
  ASSERT_THAT(a.objects, SizeIs(1));
  EXPECT_EQ(a.objects[0].name, "car");
  EXPECT_FALSE(a.objects[0].difficult);
  EXPECT_EQ(a.objects[0].box.x, 10);
  EXPECT_EQ(a.objects[0].box.y, 20);
  EXPECT_EQ(a.objects[0].box.width, 100.5);
  EXPECT_EQ(a.objects[0].box.height, 40);
}

TEST_F(VocAnnotationFile, OneBasedPixelsBelongToTheBox) {
  const BoxXywh box = read(kSize + object(kBox), true).objects[0].box;
  EXPECT_EQ(box.x, 9);
  EXPECT_EQ(box.y, 19);
  EXPECT_EQ(box.width, 101.5);
  EXPECT_EQ(box.height, 41);
}

TEST_F(VocAnnotationFile, PartsOfAnObjectAreNotObjects) {
  const std::string part = "<part><name>head</name><bndbox><xmin>1</xmin></bndbox></part>";
  const VocAnnotation a = read(kSize + object(kBox, part + "<difficult>1</difficult>"));
  ASSERT_THAT(a.objects, SizeIs(1));
  EXPECT_EQ(a.objects[0].box.x, 10);
  EXPECT_TRUE(a.objects[0].difficult);
}

TEST_F(VocAnnotationFile, AnImageWithoutObjectsIsRead) {
  EXPECT_THAT(read(kSize).objects, IsEmpty());
}

TEST_F(VocAnnotationFile, FaultsNameTheFileAndTheObject) {
  EXPECT_THAT(refusal_of(object(kBox)), HasSubstr("a.xml: <size> is missing"));
  EXPECT_THAT(refusal_of("<size><width>640</width></size>"),
              HasSubstr("a.xml: size: <height> is missing"));
  EXPECT_THAT(refusal_of("<size><width>0</width><height>0</height></size>"),
              HasSubstr("size: width: is 0, expected a number of pixels"));
  EXPECT_THAT(refusal_of("<size><width>6e4</width><height>60000</height></size>"),
              HasSubstr("too many"));
  EXPECT_THAT(refusal_of(kSize + object(kBox) + "<object><name>car</name></object>"),
              HasSubstr("a.xml: object 2: <bndbox> is missing"));
  EXPECT_THAT(refusal_of(std::string(kSize) + "<object><bndbox>" + kBox + "</bndbox></object>"),
              HasSubstr("object 1: <name> is missing"));
  EXPECT_THAT(
      refusal_of(kSize + object("<xmin>9</xmin><ymin>2</ymin><xmax>8</xmax><ymax>6</ymax>")),
      HasSubstr("object 1: bndbox: xmax (8) is less than xmin (9)"));
  EXPECT_THAT(
      refusal_of(kSize + object("<xmin>nan</xmin><ymin>2</ymin><xmax>8</xmax><ymax>6</ymax>")),
      HasSubstr("object 1: bndbox: xmin: is 'nan', expected a number"));
  EXPECT_THAT(
      refusal_of(kSize + object("<xmin>1</xmin><ymin>2</ymin><xmax>1e300</xmax><ymax>6</ymax>")),
      HasSubstr("xmax: is '1e300'"));
  EXPECT_THAT(refusal_of(kSize + object(kBox, "<difficult>maybe</difficult>")),
              HasSubstr("difficult is 'maybe'"));
}

TEST_F(VocAnnotationFile, WhatIsNoXmlIsRefusedWithItsLine) {
  const auto said = [&](const std::string& text) {
    return refusal([&] { read_voc_annotation(file("b.xml", text), false); });
  };
  EXPECT_THAT(said("<annotation>\n<size>\n</annotation>"), HasSubstr("b.xml:3: no valid XML"));
  EXPECT_THAT(said(""), HasSubstr("b.xml:1: no valid XML"));
  EXPECT_THAT(said("<html/>"), HasSubstr("b.xml: is no VOC annotation"));
  EXPECT_THAT(said("<?xml version='1.0' encoding='GBK'?><annotation/>"),
              HasSubstr("encoding 'gbk' is not read; convert it to UTF-8"));
}

TEST_F(VocAnnotationFile, Latin1NamesBecomeUtf8AndBrokenUtf8IsRefused) {
  const std::string head = "<?xml version='1.0' encoding='ISO-8859-1'?><annotation>";
  const std::string body = kSize + std::string("<object><name>v\xE9lo</name><bndbox>") + kBox +
                           "</bndbox></object></annotation>";
  EXPECT_EQ(read_voc_annotation(file("l.xml", head + body), false).objects[0].name, "v\xC3\xA9lo");
  EXPECT_THAT(refusal([&] { read_voc_annotation(file("u.xml", "<annotation>" + body), false); }),
              HasSubstr("u.xml: object 1: name: is not UTF-8"));
}

TEST_F(VocAnnotationFile, EntitiesFromOutsideAreNotRead) {
  const auto secret = file("secret.txt", "secret");
  const std::string head =
      "<!DOCTYPE annotation [<!ENTITY e SYSTEM \"file://" + secret.string() + "\">]><annotation>";
  const std::string body = kSize + std::string("<object><name>&e;</name><bndbox>") + kBox +
                           "</bndbox></object></annotation>";
  EXPECT_EQ(read_voc_annotation(file("e.xml", head + body), false).objects[0].name, "&e;");
}

TEST_F(VocAnnotationFile, DeepNestingIsNoDanger) {
  std::string deep;
  for (int i = 0; i < 500'000; ++i) deep += "<a>";
  EXPECT_THAT(refusal_of(deep), HasSubstr("no valid XML"));
  for (int i = 0; i < 500'000; ++i) deep += "</a>";
  EXPECT_THAT(read(kSize + deep).objects, IsEmpty());
}

// Every mutation of a good file is read or refused by name.
TEST_F(VocAnnotationFile, MutatedFilesAreReadOrRefused) {
  std::mt19937 random(8);
  const std::string good = "<annotation>" + (kSize + object(kBox)) + "</annotation>";
  const std::string alphabet = "<>/&;\"'019-.e \n\xff\0a";
  for (int trial = 0; trial < 20'000; ++trial) {
    std::string text = good;
    for (int i = 0; i < 3; ++i) text[random() % text.size()] = alphabet[random() % alphabet.size()];
    const std::string said = refusal([&] { parse_voc_annotation(text, "m.xml", false); });
    EXPECT_TRUE(said == "accepted" || said.starts_with("m.xml:")) << said;
  }
}

}  // namespace
}  // namespace saccade
