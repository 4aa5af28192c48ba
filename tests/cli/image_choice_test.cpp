// Which images a user means.
#include "saccade/cli/image_choice.h"

#include <gtest/gtest.h>

#include <algorithm>
#include <set>

#include "saccade/core/error.h"

namespace saccade {
namespace {

// 20 images with ids 10, 20, ... 200; every third has a bus, all have a car; the tram is nowhere.
CocoDataSet street() {
  std::vector<CocoImage> images;
  std::vector<CocoAnnotation> annotations;
  for (int i = 0; i < 20; ++i) {
    images.push_back({{.number = 10 * (i + 1)}, "a.jpg", 64, 48});
    for (int k = 0; k < (i % 3 == 0 ? 2 : 1); ++k) {
      CocoAnnotation a;
      a.image = i, a.category = k, a.box = {1, 1, 5, 5};
      annotations.push_back(a);
    }
  }
  return CocoDataSet(
      "street.json", images,
      {{{.number = 1}, "car", ""}, {{.number = 2}, "bus", ""}, {{.number = 3}, "tram", ""}},
      annotations);
}

ImageChoice choose(const ImageChoiceOptions& options, int count = 4) {
  return choose_images(street(), options, count, "val");
}

std::string refusal(const ImageChoiceOptions& options) {
  try {
    choose(options);
  } catch (const UsageError& error) {
    return error.what();
  }
  return "";
}

TEST(ImageChoice, WithoutOptionsImagesAreSpreadEvenly) {
  const ImageChoice choice = choose({});
  EXPECT_EQ(choice.images, (std::vector<int>{2, 7, 12, 17}));
  EXPECT_EQ(choice.words, "4 of the 20 images of val, evenly spread in the order of their ids");
  EXPECT_EQ(choose({}, 99).images.size(), 20u);
  EXPECT_EQ(choose({}, 99).words, "All of the 20 images of val");
}

TEST(ImageChoice, IdsAreTakenInTheOrderGivenEachOnce) {
  EXPECT_EQ(choose({.ids = {"200", "10", "200"}}).images, (std::vector<int>{19, 0}));
  EXPECT_EQ(choose({.ids = {"30"}}).words, "Image 30 of val (20 images)");
}

TEST(ImageChoice, ARangeCountsPositionsWithBothEnds) {
  EXPECT_EQ(choose({.range = "0-2"}).images, (std::vector<int>{0, 1, 2}));
  EXPECT_EQ(choose({.range = "5:5"}).images, (std::vector<int>{5}));
  EXPECT_EQ(choose({.range = "1-2", .class_name = "bus"}).images, (std::vector<int>{3, 6}));
  EXPECT_EQ(choose({.range = "0-2"}).words,
            "Images 0 to 2 of the 20 images of val in the order of their ids");
}

TEST(ImageChoice, AClassKeepsTheImagesThatHaveIt) {
  const ImageChoice choice = choose({.class_name = "bus"}, 99);
  EXPECT_EQ(choice.images, (std::vector<int>{0, 3, 6, 9, 12, 15, 18}));
  EXPECT_EQ(choice.words, "All of the 7 images of val with bus");
}

TEST(ImageChoice, ASeedDrawsTheSameImagesAgainAndAnotherSeedOthers) {
  const ImageChoice first = choose({.random = 8, .seed = 1});
  EXPECT_EQ(first.images, choose({.random = 8, .seed = 1}).images);
  EXPECT_NE(first.images, choose({.random = 8, .seed = 2}).images);
  EXPECT_TRUE(std::is_sorted(first.images.begin(), first.images.end()));
  EXPECT_EQ(std::set<int>(first.images.begin(), first.images.end()).size(), 8u);
  EXPECT_EQ(choose({.random = 99}).images.size(), 20u);
}

// Over many seeds every image is drawn about as often as any other.
TEST(ImageChoice, EveryImageIsEquallyLikely) {
  std::vector<int> drawn(20, 0);
  for (std::uint64_t seed = 0; seed < 1000; ++seed)
    for (const int image : choose({.random = 5, .seed = seed}).images) ++drawn[image];
  for (const int times : drawn) EXPECT_NEAR(times, 250, 60);  // more than four deviations
}

TEST(ImageChoice, RefusalsNameWhatExists) {
  EXPECT_EQ(refusal({.ids = {"11"}}),
            "--id 11: street.json has no such image; its 20 ids run from 10 to 200");
  EXPECT_NE(refusal({.class_name = "buss"}).find("did you mean bus? It has car, bus, tram"),
            std::string::npos);
  EXPECT_NE(refusal({.class_name = "tram"}).find("no image of street.json"), std::string::npos);
  EXPECT_NE(refusal({.range = "3-20"}).find("images are 0 to 19"), std::string::npos);
  for (const char* wrong :
       {"5-3", "a-b", "3", "3-", "-3", "1-2x", "1--2", "99999999999999999999-1"})
    EXPECT_NE(refusal({.range = wrong}).find("expected A-B"), std::string::npos) << wrong;
  EXPECT_NE(refusal({.ids = {"10"}, .random = 2}), "");
  EXPECT_THROW(choose_images(CocoDataSet("none.json", {}, {}, {}), {}, 4, "none"), UsageError);
}

}  // namespace
}  // namespace saccade
