// The three forms of an outline.
#include "saccade/data/segmentation.h"

#include <gmock/gmock.h>
#include <gtest/gtest.h>

#include "tests/data/data_files.h"

namespace saccade {
namespace {

using ::testing::ElementsAre;
using ::testing::StartsWith;

TEST(Segmentation, ReadsPolygonsAndRunLengths) {
  EXPECT_THAT(parse_segmentation("[[1, 2, 3.5, 4], [5, 6]]", "x").polygons,
              ElementsAre(ElementsAre(1, 2, 3.5, 4), ElementsAre(5, 6)));
  const Segmentation runs = parse_segmentation(R"({"counts": [0, 6], "size": [3, 2]})", "x");
  EXPECT_THAT(runs.counts, ElementsAre(0u, 6u));
  EXPECT_EQ(runs.height, 3);
  EXPECT_EQ(runs.width, 2);
  EXPECT_EQ(parse_segmentation(R"({"counts": "a\\b", "size": [3, 2]})", "x").compressed_counts,
            "a\\b");
  EXPECT_TRUE(parse_segmentation("null", "x").empty());
  EXPECT_TRUE(parse_segmentation("[]", "x").empty());
}

TEST(Segmentation, SaysWhatIsWrong) {
  const char* const broken[] = {
      "5",
      "\"text\"",
      "[1, 2, 3, 4]",
      "[[1, 2, 3]]",
      "[[1, \"2\"]]",
      "[[1, 1e999]]",
      "[[NaN, 1]]",
      "[[1, 2]",
      "{}",
      R"({"counts": [6]})",
      R"({"size": [3, 2]})",
      R"({"counts": [6], "size": [3]})",
      R"({"counts": [6], "size": [-3, -2]})",
      R"({"counts": [6], "size": [3000000000, 2]})",
      R"({"counts": [5], "size": [3, 2]})",
      R"({"counts": [7, -1], "size": [3, 2]})",
      R"({"counts": [4294967302], "size": [3, 2]})",
      R"({"counts": 6, "size": [3, 2]})",
  };
  for (const char* text : broken) {
    EXPECT_THAT(error_of([&] { parse_segmentation(text, "gt.json: annotation 5"); }),
                StartsWith("gt.json: annotation 5: segmentation "))
        << text;
  }
  const std::string deep = std::string(10'000, '[') + std::string(10'000, ']');
  EXPECT_NE(error_of([&] { parse_segmentation(deep, "x"); }), "");
}

}  // namespace
}  // namespace saccade
