// What is drawn: the official ranges, the same for the same seed.
#include "saccade/data/augmentation.h"

#include <gtest/gtest.h>

#include <map>
#include <set>

#include "saccade/core/error.h"
#include "saccade/core/parallel.h"

namespace saccade {
namespace {

AppliedAugmentation drawn(std::uint64_t image, ImageSize source = {640, 480},
                          const AugmentationOptions& options = {}) {
  Random random = augmentation_random(1, 2, image);
  return draw_augmentation(options, source, random);
}

std::string json_of(const AppliedAugmentation& applied) {
  JsonWriter json;
  applied.write(json);
  return json.text();
}

// Half are flipped and, independently, half cropped; every short side and size of crop comes up.
TEST(Augmentation, DrawsTheOfficialDistribution) {
  const int count = 6000;
  int flipped = 0, cropped = 0, both = 0;
  std::map<int, int> short_sides, before;
  std::set<int> crop_widths;
  for (int i = 0; i < count; ++i) {
    const AppliedAugmentation a = drawn(static_cast<std::uint64_t>(i));
    flipped += a.flipped;
    cropped += a.cropped;
    both += a.flipped && a.cropped;
    if (!a.cropped) {
      ++short_sides[a.size.height];
      EXPECT_EQ(a.size, resized_size({640, 480}, a.size.height, 1333));
      continue;
    }
    ++before[a.before_crop.height];
    crop_widths.insert(a.crop.width);
    EXPECT_GE(a.crop.width, 384);
    EXPECT_LE(a.crop.width, std::min(600, a.before_crop.width));
    EXPECT_GE(a.crop.height, 384);
    EXPECT_LE(a.crop.height, std::min(600, a.before_crop.height));
    EXPECT_LE(a.crop.x + a.crop.width, a.before_crop.width);
    EXPECT_LE(a.crop.y + a.crop.height, a.before_crop.height);
  }
  EXPECT_NEAR(flipped, count / 2, 160);  // four deviations
  EXPECT_NEAR(cropped, count / 2, 160);
  EXPECT_NEAR(both, count / 4, 140);
  EXPECT_EQ(short_sides.size(), 11u);
  EXPECT_EQ(before.size(), 3u);
  for (const int side : {400, 500, 600}) EXPECT_NEAR(before[side], cropped / 3, 120) << side;
  EXPECT_EQ(*crop_widths.begin(), 384);
  EXPECT_EQ(*crop_widths.rbegin(), 600);
}

// A second implementation, in Python, draws these too: a run must be the same on any machine.
TEST(Augmentation, ASeedMeansTheSameEverywhere) {
  EXPECT_EQ(drawn(0).caption(),
            "resized to 666 x 500, cropped to 411 x 384 at (142, 101), resized to 787 x 736");
  EXPECT_EQ(drawn(1).caption(), "resized to 896 x 672");
  EXPECT_EQ(drawn(2).caption(), "flipped, resized to 896 x 672");
  EXPECT_EQ(drawn(3).caption(), "resized to 1024 x 768");
}

TEST(Augmentation, ThreadsAndOrderChangeNothing) {
  std::vector<std::string> one(200), many(200);
  parallel_for(200, 1, [&](std::int64_t i) { one[i] = json_of(drawn(199 - i)); });
  parallel_for(200, 8, [&](std::int64_t i) { many[199 - i] = json_of(drawn(i)); });
  EXPECT_EQ(one, many);
  EXPECT_GT(std::set<std::string>(one.begin(), one.end()).size(),
            100u);  // a resize alone has 22 forms
}

// C24: the official code fails here.
TEST(Augmentation, ACropOfASmallerPictureTakesAllOfIt) {
  AugmentationOptions options;
  options.crop_probability = 1;
  options.short_sides_before_crop = {200};
  for (std::uint64_t i = 0; i < 20; ++i) {
    const AppliedAugmentation a = drawn(i, {500, 100}, options);  // 1000 x 200 before the crop
    EXPECT_EQ(a.crop.height, 200);
    EXPECT_EQ(a.crop.y, 0);
    EXPECT_GE(a.crop.width, 384);
    EXPECT_LE(a.crop.width, 600);
  }
}

TEST(Augmentation, AnotherShortSideKeepsTheProportions) {
  const auto half = AugmentationOptions::scaled_to({400, 666});
  EXPECT_EQ(half.short_sides,
            (std::vector<int>{240, 256, 272, 288, 304, 320, 336, 352, 368, 384, 400}));
  EXPECT_EQ(half.short_sides_before_crop, (std::vector<int>{200, 250, 300}));
  EXPECT_EQ(half.min_crop, 192);
  EXPECT_EQ(half.max_crop, 300);
  EXPECT_EQ(half.max_side, 666);
  const auto official = AugmentationOptions::scaled_to({800, 1333});
  EXPECT_EQ(official.short_sides, AugmentationOptions{}.short_sides);
  EXPECT_EQ(official.min_crop, 384);
  EXPECT_EQ(AugmentationOptions::scaled_to({1, 0}).min_crop, 1);
  EXPECT_THROW(AugmentationOptions::scaled_to({0, 0}), Error);
}

TEST(Augmentation, SizesAreDrawnEvenlyWhereARangeIsGiven) {
  const auto options =
      AugmentationOptions::scaled_to({100, 1333}, {.min_side = 95, .max_side = 104});
  EXPECT_EQ(options.short_sides_before_crop, (std::vector<int>{50, 63, 75}));
  std::map<int, int> sides;
  for (std::uint64_t i = 0; i < 4000; ++i) {
    const AppliedAugmentation a = drawn(i, {640, 480}, options);
    ++sides[std::min(a.size.width, a.size.height)];
  }
  EXPECT_EQ(sides.size(), 10u);
  for (const auto& [side, count] : sides) EXPECT_NEAR(count, 400, 80) << side;
  EXPECT_THROW(AugmentationOptions::scaled_to({100, 1333}, {.min_side = 5, .max_side = 4}), Error);
  EXPECT_THROW(AugmentationOptions::scaled_to({100, 1333}, {.min_side = 0, .max_side = 4}), Error);
}

TEST(Augmentation, APartOfThePictureIsCutFromItsOwnPixels) {
  const auto options = AugmentationOptions::scaled_to({100, 1333}, {.crop_part = 0.6});
  double smallest = 1, largest = 0;
  int cropped = 0;
  for (std::uint64_t i = 0; i < 2000; ++i) {
    const AppliedAugmentation a = drawn(i, {640, 480}, options);
    if (!a.cropped) continue;
    ++cropped;
    EXPECT_EQ(a.before_crop, (ImageSize{640, 480}));
    const double part = a.crop.width / 640.0;
    EXPECT_NEAR(part, a.crop.height / 480.0, 0.002);  // of the picture's own shape
    EXPECT_LE(a.crop.x + a.crop.width, 640);
    EXPECT_LE(a.crop.y + a.crop.height, 480);
    smallest = std::min(smallest, part), largest = std::max(largest, part);
    EXPECT_EQ(a.caption().find("resized to 640 x 480"), std::string::npos) << a.caption();
  }
  EXPECT_NEAR(cropped, 1000, 100);
  EXPECT_NEAR(smallest, 0.6, 0.01);
  EXPECT_NEAR(largest, 1, 0.01);
  EXPECT_THROW(AugmentationOptions::scaled_to({100, 1333}, {.crop_part = 1.5}), Error);
}

TEST(Augmentation, WhatTheNetworkGetsIsOfMultiples) {
  const auto options = AugmentationOptions::scaled_to({96, 1333, 32});
  for (std::uint64_t i = 0; i < 300; ++i) {
    const AppliedAugmentation a = drawn(i, {640, 480}, options);
    EXPECT_EQ(a.size.width % 32, 0);
    EXPECT_EQ(a.size.height % 32, 0);
  }
}

TEST(Augmentation, OptionsOutOfRangeNameTheField) {
  const auto message = [](auto change) -> std::string {
    AugmentationOptions options;
    change(options);
    try {
      options.check();
    } catch (const Error& error) {
      return error.what();
    }
    return "";
  };
  EXPECT_EQ(message([](auto&) {}), "");
  EXPECT_EQ(message([](auto& o) { o.flip_probability = 1.5; }),
            "augmentation: flip_probability is 1.5, expected 0 to 1");
  EXPECT_EQ(message([](auto& o) { o.short_sides.clear(); }),
            "augmentation: short_sides is empty, expected short sides");
  EXPECT_EQ(message([](auto& o) { o.short_sides_before_crop = {0}; }),
            "augmentation: short_sides_before_crop holds 0, expected 1 or more");
  EXPECT_EQ(message([](auto& o) { o.max_crop = 100; }),
            "augmentation: min_crop is 384 and max_crop 100, expected 1 <= min_crop <= max_crop");
  EXPECT_NE(message([](auto& o) { o.max_side = -1; }), "");
}

TEST(Augmentation, TheCropIsToldInPixelsOfTheSourceAndInJson) {
  AppliedAugmentation a{.source = {640, 480}, .flipped = true, .cropped = true};
  a.before_crop = {800, 600};
  a.crop = {100, 50, 400, 500};
  a.size = {480, 600};
  const BoxXyxy seen = a.seen();  // unflipped: 80 to 400 of 640; flipped back: 240 to 560
  EXPECT_DOUBLE_EQ(seen.x0, 240);
  EXPECT_DOUBLE_EQ(seen.y0, 40);
  EXPECT_DOUBLE_EQ(seen.x1, 560);
  EXPECT_DOUBLE_EQ(seen.y1, 440);
  EXPECT_EQ(
      a.caption(),
      "flipped, resized to 800 x 600, cropped to 400 x 500 at (100, 50), resized to 480 x 600");
  EXPECT_EQ(json_of(a),
            R"({"source":[640,480],"flipped":true,"cropped":true,"before_crop":[800,600],)"
            R"("crop":[100,50,400,500],"size":[480,600],"seen":[240,40,560,440]})");
}

TEST(Augmentation, EvaluationOnlyResizes) {
  const AppliedAugmentation a = evaluation_resize({640, 480});
  EXPECT_EQ(a.size, (ImageSize{1066, 800}));
  EXPECT_EQ(a.caption(), "resized to 1066 x 800");
  EXPECT_DOUBLE_EQ(a.seen().area(), 640 * 480);
  EXPECT_THROW(evaluation_resize({0, 480}), Error);
}

}  // namespace
}  // namespace saccade
