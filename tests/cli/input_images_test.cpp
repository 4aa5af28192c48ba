// Which image files a user means: files, folders, patterns.
#include "saccade/cli/input_images.h"

#include <gmock/gmock.h>
#include <gtest/gtest.h>
#include <unistd.h>

#include <fstream>

#include "saccade/core/error.h"

namespace saccade {
namespace {

namespace fs = std::filesystem;
using ::testing::ElementsAre;
using ::testing::HasSubstr;

class InputImages : public ::testing::Test {
 protected:
  void SetUp() override {
    fs::create_directories(folder_ / "inner.png");  // a folder, whatever its name
    for (const char* name : {"b.jpg", "a.PNG", "c.jpeg", "notes.txt", "old.webp"})
      std::ofstream(folder_ / name) << "x";
  }
  void TearDown() override { fs::remove_all(folder_); }

  std::string word(const std::string& name) const { return (folder_ / name).string(); }
  std::vector<std::string> found(const std::vector<std::string>& words) const {
    std::vector<std::string> names;
    for (const fs::path& path : input_images(words)) {
      EXPECT_EQ(path.parent_path(), folder_);
      names.push_back(path.filename().string());
    }
    return names;
  }
  std::string refusal_of(const std::string& text) const {
    try {
      input_images({text});
    } catch (const Error& error) {
      return error.what();
    }
    return "accepted";
  }

  const fs::path folder_ =
      fs::path(::testing::TempDir()) / ("input_images_" + std::to_string(::getpid()));
};

TEST_F(InputImages, AFileStaysAsGivenWhateverItsName) {
  EXPECT_THAT(found({word("notes.txt")}), ElementsAre("notes.txt"));
  EXPECT_THAT(found({word("c.jpeg"), word("b.jpg")}), ElementsAre("c.jpeg", "b.jpg"));
}

// Pictures we cannot read are in the list too: they are reported, not passed over.
TEST_F(InputImages, AFolderStandsForItsPicturesByName) {
  EXPECT_THAT(found({folder_.string()}), ElementsAre("a.PNG", "b.jpg", "c.jpeg", "old.webp"));
}

TEST_F(InputImages, APatternStandsForWhatItMatches) {
  EXPECT_THAT(found({word("*.jp*g")}), ElementsAre("b.jpg", "c.jpeg"));
  EXPECT_THAT(found({word("[ab].*")}), ElementsAre("a.PNG", "b.jpg"));
}

TEST_F(InputImages, AFileWithAStarInItsNameIsAFile) {
  std::ofstream(folder_ / "odd*.jpg") << "x";
  std::ofstream(folder_ / "oddly.jpg") << "x";
  EXPECT_THAT(found({word("odd*.jpg")}), ElementsAre("odd*.jpg"));
}

TEST_F(InputImages, AWordThatLeadsNowhereIsAnError) {
  EXPECT_EQ(refusal_of(word("missing.jpg")), word("missing.jpg") + ": no such file");
  EXPECT_EQ(refusal_of(word("*.bmp")), word("*.bmp") + ": no such file");
  EXPECT_THAT(refusal_of(word("inner.png")), HasSubstr("no image files in this folder"));
}

}  // namespace
}  // namespace saccade
