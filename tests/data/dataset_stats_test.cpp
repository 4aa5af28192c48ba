// A data set's numbers.
#include "saccade/data/dataset_stats.h"

#include <gtest/gtest.h>

#include <cmath>
#include <numeric>

#include "saccade/core/random.h"
#include "saccade/data/coco.h"
#include "saccade/data/dataset_stats_text.h"

namespace saccade {
namespace {

CocoAnnotation annotation(std::int32_t image, std::int32_t category, BoxXywh box, double area,
                          bool is_crowd = false) {
  CocoAnnotation a;
  a.image = image, a.category = category, a.box = box, a.area = area, a.is_crowd = is_crowd;
  return a;
}

std::vector<CocoImage> images(int count) {
  std::vector<CocoImage> all;
  for (int i = 0; i < count; ++i) all.push_back({{.number = i + 1}, "image.jpg", 200, 100});
  return all;
}

// Two images with objects, one without; the third class has none.
CocoDataSet small_set() {
  return CocoDataSet(
      "small.json", images(3),
      {{{.number = 1}, "car", ""}, {{.number = 7}, "bus", ""}, {{.number = 9}, "tram", ""}},
      {annotation(0, 0, {10, 10, 20, 5}, 100), annotation(0, 1, {0, 0, 100, 100}, 9217),
       annotation(1, 1, {0, 0, 40, 40}, 1024), annotation(1, 1, {5, 5, 80, 20}, 900, true),
       annotation(1, 1, {0, 0, 96, 96}, 9216)});
}

TEST(DatasetStats, CountsOfASmallSetAreThoseCountedByHand) {
  const DatasetStats s = dataset_stats(small_set(), "small");
  EXPECT_EQ(s.images, 3);
  EXPECT_EQ(s.boxes, 4);
  EXPECT_EQ(s.crowd, 1);
  EXPECT_EQ(s.empty_images, 1);
  EXPECT_EQ(s.narrow, 1);
  EXPECT_EQ(s.sizes, (std::array<std::int64_t, 3>{1, 2, 1}));
  EXPECT_EQ(s.images_by_boxes, (std::map<std::int64_t, std::int64_t>{{0, 1}, {2, 2}}));
  EXPECT_EQ(s.image_sizes.at({200, 100}), 3);
  EXPECT_EQ(s.used_classes(), 2);
  ASSERT_EQ(s.classes.size(), 3u);
  EXPECT_EQ(s.classes[0].name, "bus");
  EXPECT_EQ(s.classes[0].images, 2);
  EXPECT_EQ(s.classes[0].boxes, 3);
  EXPECT_EQ(s.classes[0].crowd, 1);
  EXPECT_EQ(s.classes[2].images, 0);
}

TEST(DatasetStats, MediansAreOfTheBoxesAlone) {
  const DatasetStats s = dataset_stats(small_set(), "small");
  EXPECT_DOUBLE_EQ(s.median_boxes, 2);       // of 0, 2, 2
  EXPECT_DOUBLE_EQ(s.median_side, 68);       // of 10, 40, 96, 100
  EXPECT_DOUBLE_EQ(s.median_aspect, 1);      // of 1, 1, 1, 4
  EXPECT_DOUBLE_EQ(s.median_share, 0.2704);  // of 0.005, 0.08, 0.4608, 0.5
}

TEST(DatasetStats, GroupsChangeWhereCocosDo) {
  EXPECT_EQ(size_group(1023.9), SizeGroup::kSmall);
  EXPECT_EQ(size_group(1024), SizeGroup::kMedium);
  EXPECT_EQ(size_group(9216), SizeGroup::kMedium);
  EXPECT_EQ(size_group(9216.1), SizeGroup::kLarge);
}

TEST(DatasetStats, EveryBoxIsInEveryDistribution) {
  Random random(5);
  std::vector<CocoAnnotation> annotations;
  for (int i = 0; i < 500; ++i) {
    // From far below to far beyond the edges of the histograms.
    const double w = std::exp2(20 * random.uniform() - 6), h = std::exp2(20 * random.uniform() - 6);
    annotations.push_back(annotation(int(random.between(0, 9)), 0, {0, 0, w, h}, w * h));
  }
  const DatasetStats s = dataset_stats(
      CocoDataSet("many.json", images(10), {{{.number = 1}, "car", ""}}, annotations), "many");
  const auto sum = [](const std::vector<std::int64_t>& counts) {
    return std::accumulate(counts.begin(), counts.end(), std::int64_t{0});
  };
  EXPECT_EQ(s.boxes, 500);
  EXPECT_EQ(sum(s.aspect.counts), 500);
  EXPECT_EQ(sum(s.relative.counts), 500);
  EXPECT_EQ(sum(s.sides.counts), 500);
  EXPECT_EQ(s.sizes[0] + s.sizes[1] + s.sizes[2], 500);
  std::int64_t boxes = 0;
  for (const auto& [count, number] : s.images_by_boxes) boxes += count * number;
  EXPECT_EQ(boxes, 500);
}

TEST(DatasetStats, BoxesWithoutExtentAndImagesWithoutSizeAreLeftOutOfRatios) {
  std::vector<CocoImage> unknown = images(1);
  unknown[0].width = unknown[0].height = 0;
  const DatasetStats s =
      dataset_stats(CocoDataSet("odd.json", unknown, {{{.number = 1}, "car", ""}},
                                {annotation(0, 0, {1, 1, 0, 5}, 0)}),
                    "odd");
  EXPECT_EQ(s.boxes, 1);
  EXPECT_EQ(std::accumulate(s.aspect.counts.begin(), s.aspect.counts.end(), 0), 0);
  EXPECT_EQ(std::accumulate(s.relative.counts.begin(), s.relative.counts.end(), 0), 0);
  EXPECT_TRUE(s.image_sizes.empty());
  EXPECT_EQ(s.median_side, 0);
}

TEST(DatasetStats, AnEmptySetHasNumbersToo) {
  const DatasetStats s = dataset_stats(CocoDataSet("empty.json", {}, {}, {}), "empty");
  EXPECT_EQ(s.boxes, 0);
  EXPECT_EQ(s.median_boxes, 0);
  EXPECT_NE(dataset_stats_text(s).find("images           0"), std::string::npos);
}

TEST(DatasetStatsText, TheTableHasARowPerUsedClassAndNamesHowManyHaveNone) {
  const std::string text = dataset_stats_text(dataset_stats(small_set(), "small"));
  EXPECT_NE(text.find("bus           2         3         0         2         1         1\n"),
            std::string::npos)
      << text;
  EXPECT_EQ(text.find("tram"), std::string::npos);
  EXPECT_NE(text.find("without a box: 1 class\n"), std::string::npos);
  EXPECT_NE(text.find("small 25.0 %, medium 50.0 %, large 25.0 %"), std::string::npos) << text;
}

TEST(DatasetStatsText, JsonHoldsIdsAsTheyAre) {
  const std::string json = dataset_stats_json(dataset_stats(small_set(), "sm\"all"));
  EXPECT_EQ(json.find("{\"name\":\"sm\\\"all\",\"images\":3,"), 0u) << json;
  EXPECT_NE(
      json.find("{\"id\":7,\"name\":\"bus\",\"images\":2,\"boxes\":3,\"crowd\":1,\"small\":0,"),
      std::string::npos)
      << json;
}

}  // namespace
}  // namespace saccade
