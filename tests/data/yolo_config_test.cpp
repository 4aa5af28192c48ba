// data.yaml and classes.txt.
#include "saccade/data/yolo_config.h"

#include <gmock/gmock.h>

#include "tests/data/temporary_folder.h"

namespace saccade {
namespace {

namespace fs = std::filesystem;
using ::testing::ElementsAre;
using ::testing::HasSubstr;
using ::testing::SizeIs;

class YoloConfigFile : public InTemporaryFolder {
 protected:
  void SetUp() override {
    InTemporaryFolder::SetUp();
    fs::create_directories(folder_ / "images" / "val");
    fs::create_directories(folder_ / "images" / "train");
  }
  YoloConfig read(const std::string& text) const {
    return read_yolo_config(file("data.yaml", text));
  }
  std::string refusal_of(const std::string& text) const {
    return refusal([&] { read(text); });
  }
};

TEST_F(YoloConfigFile, NamesAreAListOrAMapInAnyOrder) {
  EXPECT_THAT(read("val: images/val\nnames: [car, 'no', 7]\n").names,
              ElementsAre("car", "no", "7"));
  EXPECT_THAT(read("val: images/val\nnc: 2\nnames:\n  1: bike\n  0: car\n").names,
              ElementsAre("car", "bike"));
}

TEST_F(YoloConfigFile, SplitsAreFoldersBelowPath) {
  const std::string rest =
      "train: images/train\nval: [images/val, images/train]\ntest:\nnames: [a]\n";
  const YoloConfig config = read("path: " + folder_.string() + "\n" + rest);
  ASSERT_THAT(config.splits, SizeIs(2));
  EXPECT_EQ(config.splits[0].first, "train");
  EXPECT_THAT(config.splits[0].second, ElementsAre(folder_ / "images/train"));
  EXPECT_THAT(config.splits[1].second, SizeIs(2));
  EXPECT_THAT(read("path: of_another_machine\n" + rest).splits, SizeIs(2));
  EXPECT_THAT(read("val: ../images/val\nnames: [a]\n").splits[0].second,
              ElementsAre(folder_ / "images/val"));
}

TEST_F(YoloConfigFile, SplitsOfOtherNamesComeAfterTheUsualOnes) {
  fs::create_directories(folder_ / "images" / "tiny");
  const YoloConfig config = read(
      "tiny: images/tiny\nval: images/val\ngone: images/gone\n[a, b]: c\n"
      "download: echo images/val\nnames: [a]\n");
  ASSERT_THAT(config.splits, SizeIs(2));
  EXPECT_EQ(config.splits[0].first, "val");
  EXPECT_EQ(config.splits[1].first, "tiny");
  EXPECT_THAT(config.splits[1].second, ElementsAre(folder_ / "images/tiny"));
}

TEST_F(YoloConfigFile, FaultsNameTheFileAndTheKey) {
  const std::string val = "val: images/val\n";
  EXPECT_THAT(refusal_of(val), HasSubstr("data.yaml: `names` is missing"));
  EXPECT_THAT(refusal_of(val + "names: car"), HasSubstr("`names` is missing; expected a list"));
  EXPECT_THAT(refusal_of(val + "names: {0: car, 2: bike}"),
              HasSubstr("names: class 2, expected each of 0 to 1"));
  EXPECT_THAT(refusal_of(val + "names: {0: car, 00: bike}"), HasSubstr("occurs twice"));
  EXPECT_THAT(refusal_of(val + "names: {-1: car}"), HasSubstr("names: class -1"));
  EXPECT_THAT(refusal_of(val + "names: [car, [a]]"),
              HasSubstr("line 2: the name of class 1 is no text"));
  EXPECT_THAT(refusal_of(val + "names: ['']"), HasSubstr("class 0 has no name"));
  // Found by fuzzing: yaml-cpp reads them and writes U+FFFD.
  for (const char* none : {"\\uFFFF", "\\uFFFE", "\\uFDD0", "\\U0001FFFE"})
    EXPECT_THAT(refusal_of(val + "names: [\"b" + none + "\"]"),
                HasSubstr("the name of class 0: holds a code point that stands for no character"));
  for (const char* one : {"\\uFFFD", "\\uFDCF", "\\uFDF0", "\\U0001F600"})
    EXPECT_EQ(refusal_of(val + "names: [\"b" + one + "\"]"), "accepted") << one;
  EXPECT_THAT(refusal_of(val + "names: [\"\xff\"]"), HasSubstr("data.yaml: "));
  EXPECT_THAT(refusal_of(val + "nc: 3\nnames: [car]"), HasSubstr("nc is 3, `names` has 1"));
  EXPECT_THAT(refusal_of(val + "names: [car]\nkpt_shape: [17, 3]"), HasSubstr("keypoints"));
  EXPECT_THAT(refusal_of("names: [car]"), HasSubstr("names no `train`, `val` or `test`"));
  EXPECT_THAT(refusal_of("val: images/valid\nnames: [car]"),
              HasSubstr("images/valid does not exist"));
  EXPECT_THAT(refusal_of("- a\n- b\n"), HasSubstr("is no data.yaml"));
  EXPECT_THAT(refusal_of(""), HasSubstr("is no data.yaml"));
  EXPECT_THAT(refusal_of("names: [car\nval: x"), HasSubstr("no valid YAML"));
  EXPECT_THAT(refusal([&] { read_yolo_config(folder_ / "none.yaml"); }), HasSubstr("none.yaml"));
}

TEST_F(YoloConfigFile, HostileYamlIsRefusedQuickly) {
  EXPECT_THAT(refusal_of(std::string(100'000, '[')), HasSubstr("data.yaml: "));
  EXPECT_THAT(refusal_of(std::string(100'000, '{')), HasSubstr("data.yaml: "));
  std::string laughs = "a0: &a0 [x]\n";
  for (int i = 1; i < 30; ++i) {
    const std::string before = "*a" + std::to_string(i - 1);
    laughs += text_of("a", i, ": &a", i, " [", before, ", ", before, "]\n");
  }
  EXPECT_THAT(refusal_of(laughs + "val: images/val\nnames: *a29\n"), HasSubstr("is no text"));
}

TEST_F(YoloConfigFile, APlainFolderHasAClassPerLine) {
  file("classes.txt", "car\r\ntraffic light\n\n");
  const YoloConfig config = plain_yolo_config(folder_, "day");
  EXPECT_THAT(config.names, ElementsAre("car", "traffic light"));
  EXPECT_EQ(config.splits[0].first, "day");
  EXPECT_THAT(config.splits[0].second, ElementsAre(folder_ / "images"));
  file("classes.txt", "car\n\nbike\n");
  EXPECT_THAT(refusal([&] { plain_yolo_config(folder_, "day"); }), HasSubstr("line 2 is empty"));
}

}  // namespace
}  // namespace saccade
