// Images of a data set: missing, cut off, damaged, of another size.
#include "saccade/data/data_check.h"

#include <gmock/gmock.h>
#include <gtest/gtest.h>

#include "saccade/image/encode.h"
#include "tests/data/data_files.h"

namespace saccade {
namespace {

using ::testing::ElementsAre;
using ::testing::HasSubstr;
using ::testing::IsEmpty;

// A set with one image of this name, which its file says is 24 x 16.
CocoDataSet set_of(const std::string& name, int width = 24, int height = 16) {
  return CocoDataSet("set.json", {{{1, ""}, name, width, height}}, {}, {});
}

std::string jpeg() {
  Image image(24, 16);
  for (std::size_t i = 0; i < image.rgb.size(); ++i)
    image.rgb[i] = static_cast<std::uint8_t>(i * 37 % 251);
  return encode_jpeg(image, 95);
}

std::vector<std::string> check(const CocoDataSet& data, ImageCheck depth) {
  std::vector<std::string> lines;
  for (const DataProblem& problem : check_images(data, test_file(""), 2, depth))
    lines.push_back((problem.breaks ? "" : "note: ") + problem.line());
  return lines;
}

TEST(DataCheck, SoundImagesHaveNoProblem) {
  write_test_file("sub/a.jpg", jpeg());
  for (const ImageCheck depth : {ImageCheck::kQuick, ImageCheck::kDecode}) {
    EXPECT_THAT(check(set_of("sub/a.jpg"), depth), IsEmpty());
    EXPECT_THAT(check(set_of("sub/a.jpg", 0, 0), depth), IsEmpty()) << "the size is not known";
    EXPECT_THAT(check(set_of(""), depth), IsEmpty()) << "the file has been reported already";
  }
}

TEST(DataCheck, MissingCutOffAndWrongSizesBreak) {
  write_test_file("a.jpg", jpeg());
  write_test_file("cut.jpg", jpeg().substr(0, jpeg().size() / 2));
  write_test_file("text.png", "no picture");
  write_test_file("empty.jpg", "");
  std::filesystem::create_directories(test_file("folder.jpg"));
  for (const ImageCheck depth : {ImageCheck::kQuick, ImageCheck::kDecode}) {
    EXPECT_THAT(check(set_of("b.jpg"), depth), ElementsAre(HasSubstr("b.jpg: no such file")));
    EXPECT_THAT(check(set_of("folder.jpg"), depth), ElementsAre(HasSubstr("r.jpg: is no file")));
    EXPECT_THAT(check(set_of("cut.jpg"), depth), ElementsAre(HasSubstr("cut.jpg: cut off")));
    EXPECT_THAT(check(set_of("text.png"), depth),
                ElementsAre(HasSubstr(".png: not a JPEG or PNG")));
    EXPECT_THAT(check(set_of("empty.jpg"), depth), ElementsAre(HasSubstr("is empty (0 bytes)")));
    EXPECT_THAT(
        check(set_of("a.jpg", 24, 17), depth),
        ElementsAre(HasSubstr("a.jpg: is 24 x 16 pixels, its annotations are for 24 x 17")));
  }
}

TEST(DataCheck, DamagedPixelsShowWhenDecoded) {
  std::string png = encode_png(std::vector<std::uint8_t>(24 * 16 * 3, 50), 24, 16, {});
  png[png.find("IDAT") + 8] ^= 0x55;  // within the compressed data
  write_test_file("a.png", png);
  EXPECT_THAT(check(set_of("a.png"), ImageCheck::kQuick), IsEmpty());
  EXPECT_THAT(check(set_of("a.png"), ImageCheck::kDecode), ElementsAre(HasSubstr("a.png: ")));
}

TEST(DataCheck, ImagesTurnedByExifAreWorthKnowing) {
  const std::string exif = std::string(
                               "\xFF\xE1\0\x22"
                               "Exif\0\0MM\0\x2A\0\0\0\x08\0\x01\x01\x12\0\x03\0\0\0\x01\0\x06",
                               30) +
                           std::string(6, '\0');
  write_test_file("a.jpg", jpeg().insert(2, exif));
  for (const ImageCheck depth : {ImageCheck::kQuick, ImageCheck::kDecode}) {
    EXPECT_THAT(check(set_of("a.jpg"), depth),
                ElementsAre(HasSubstr("EXIF turns it (orientation 6)")));
    EXPECT_THAT(check(set_of("a.jpg", 16, 24), depth),
                ElementsAre(HasSubstr("are for 16 x 24 (as its EXIF turns it")));
  }
}

TEST(DataCheck, ProblemsComeInTheOrderOfTheImagesAndEachIsCountedOff) {
  std::vector<CocoImage> images;
  for (int i = 0; i < 50; ++i) images.push_back({{i, ""}, text_of(i, ".jpg"), 1, 1});
  const CocoDataSet data("set.json", std::move(images), {}, {});
  int checked = 0;
  const auto problems =
      check_images(data, test_file(""), 4, ImageCheck::kQuick, [&] { ++checked; });
  EXPECT_EQ(checked, 50);
  ASSERT_EQ(problems.size(), 50u);
  for (int i = 0; i < 50; ++i) EXPECT_EQ(problems[i].where, test_file(text_of(i, ".jpg")).string());
}

TEST(DataCheck, AFolderWithoutAnyOfTheImagesIsTheWrongOne) {
  write_test_file("right/a.jpg", jpeg());
  EXPECT_EQ(wrong_folder_text(set_of("a.jpg"), test_file("right")), "");
  EXPECT_THAT(wrong_folder_text(set_of("a.jpg"), test_file("wrong")),
              HasSubstr("holds none of the 1 images of set.json"));
}

}  // namespace
}  // namespace saccade
