// What the detections of one image are.
#include "saccade/eval/image_matches.h"

#include <gtest/gtest.h>

#include "saccade/core/error.h"
#include "saccade/eval/tide.h"
#include "tests/eval/tiny_sets.h"

namespace saccade {
namespace {

constexpr BoxXywh kBox{100, 100, 40, 40}, kAside{120, 100, 40, 40}, kCrowd{300, 300, 100, 100};

TEST(ImageMatches, EachDetectionIsAHitOrOneKindOfError) {
  // Truths of another image come before: indices are the image's own.
  const auto data = tiny_set(2, 3,
                             {truth(1, 0, 0, kBox), truth(2, 0, 1, kBox), truth(3, 1, 0, kBox),
                              truth(4, 1, 0, kCrowd, true)});
  const auto matches = match_image(data, 1,
                                   {{1, 0, 0.9, kBox},
                                    {1, 0, 0.8, kBox},
                                    {1, 0, 0.7, kAside},
                                    {1, 1, 0.6, kBox},
                                    {1, 1, 0.5, kAside},
                                    {1, 2, 0.4, {500, 10, 20, 20}},
                                    {1, 0, 0.3, {310, 310, 20, 20}}});
  const std::vector<std::pair<int, int>> expected = {
      {ImageMatch::kHit, 0},        {ImageMatch::kDupe, 0}, {ImageMatch::kLoc, 0},
      {ImageMatch::kCls, 0},        {ImageMatch::kBoth, 0}, {ImageMatch::kBkg, -1},
      {ImageMatch::kNotCounted, -1}};
  ASSERT_EQ(matches.size(), expected.size());
  for (std::size_t i = 0; i < matches.size(); ++i) {
    EXPECT_EQ(matches[i].kind, expected[i].first) << i;
    EXPECT_EQ(matches[i].truth, expected[i].second) << i;
  }
}

// Image by image the same as a whole evaluation.
TEST(ImageMatches, AgreeWithTheErrorsOfASet) {
  RandomSet set = random_set(6, 3, 40, 1000, 7);
  const auto data = tiny_set(6, 3, set.truths);
  std::stable_sort(set.found.begin(), set.found.end(),
                   [](const auto& a, const auto& b) { return a.score > b.score; });
  const auto results = detections(set.found);
  const auto evaluation = evaluate_coco(data, results, {.keep_matches = true});
  const TideResult tide = tide_errors(data, results, evaluation, {.keep_errors = true});
  std::array<std::int64_t, kNumTideTypes> counts{};
  for (int image = 0; image < 6; ++image) {
    std::vector<CocoDetection> of_image;
    for (const CocoDetection& d : results.detections)
      if (d.image == image) of_image.push_back(d);
    for (const ImageMatch& match : match_image(data, image, of_image))
      if (match.kind >= ImageMatch::kCls) ++counts[match.kind - ImageMatch::kCls];
  }
  EXPECT_GT(counts[static_cast<int>(TideType::kLoc)], 0);
  for (int type = 0; type < kNumTideTypes - 1; ++type)
    EXPECT_EQ(counts[type], tide.counts[type]) << kTideNames[type];
}

TEST(ImageMatches, ImagesWithoutTruthOrDetections) {
  const auto data = tiny_set(2, 1, {truth(1, 0, 0, kBox)});
  EXPECT_TRUE(match_image(data, 0, {}).empty());
  EXPECT_EQ(match_image(data, 1, {{1, 0, 0.9, kBox}}).at(0).kind, ImageMatch::kBkg);
  EXPECT_THROW(match_image(data, 2, {}), Error);
}

}  // namespace
}  // namespace saccade
