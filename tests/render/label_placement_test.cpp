// Labels beside boxes.
#include "saccade/render/label_placement.h"

#include <gtest/gtest.h>

#include "tests/render/synthetic_attention.h"

namespace saccade {
namespace {

const PageRect kPanel{10, 20, 230, 136};

TEST(LabelPlacement, AFreeBoxHasItsLabelAboveItsLeftEdge) {
  const auto places = place_labels({{{100, 80, 40, 30}, 20, 8}}, kPanel);
  ASSERT_TRUE(places[0]);
  EXPECT_DOUBLE_EQ(places[0]->x, 99.1);
  EXPECT_DOUBLE_EQ(places[0]->y, 71.1);
}

TEST(LabelPlacement, TwoEqualBoxesHaveTheirLabelsAboveAndBelow) {
  const LabelRequest request{{100, 80, 40, 30}, 20, 8};
  const auto places = place_labels({request, request}, kPanel);
  ASSERT_TRUE(places[1]);
  EXPECT_GT(places[1]->y, 110);
}

TEST(LabelPlacement, LabelsNeverOverlapAndStayInsideThePanel) {
  synthetic::Numbers numbers(1);
  std::vector<LabelRequest> requests;
  for (int i = 0; i < 200; ++i) {
    const PageRect box{numbers.between(-20, 250), numbers.between(0, 170), numbers.between(1, 60),
                       numbers.between(1, 60)};
    requests.push_back({box, numbers.between(5, 60), 8});
  }
  const auto places = place_labels(requests, kPanel);
  ASSERT_EQ(places.size(), requests.size());
  std::size_t placed = 0;
  for (std::size_t i = 0; i < places.size(); ++i) {
    if (!places[i]) continue;
    ++placed;
    EXPECT_GE(places[i]->x, kPanel.x);
    EXPECT_GE(places[i]->y, kPanel.y);
    EXPECT_LE(places[i]->right(), kPanel.right() + 1e-9);
    EXPECT_LE(places[i]->bottom(), kPanel.bottom() + 1e-9);
    for (std::size_t j = 0; j < i; ++j) EXPECT_FALSE(places[j] && places[j]->overlaps(*places[i]));
  }
  EXPECT_GT(placed, 20u);
}

TEST(LabelPlacement, ALabelLargerThanThePanelIsLeftOut) {
  EXPECT_FALSE(place_labels({{{100, 80, 40, 30}, 300, 8}}, kPanel)[0]);
}

// Above left lies another box: the label goes below left, at the second place.
TEST(LabelPlacement, AnotherBoxIsNotHidden) {
  const LabelRequest request{{100, 80, 40, 30}, 20, 8};
  const PageRect neighbour{98, 70, 12, 8};
  EXPECT_LT(place_labels({request}, kPanel)[0]->y, 80);
  const auto places = place_labels({request}, kPanel, {{neighbour}});
  ASSERT_TRUE(places[0]);
  EXPECT_DOUBLE_EQ(places[0]->y, 110.9);
  // One that is large enough to be seen beside the label does not matter.
  EXPECT_LT(place_labels({request}, kPanel, {{PageRect{60, 40, 60, 38}}})[0]->y, 80);
}

TEST(LabelPlacement, WhereEveryPlaceHidesABoxTheLabelIsLeftOutIfBoxesAreAlwaysKeptInSight) {
  const LabelRequest request{{100, 80, 40, 30}, 20, 8};
  std::vector<PageRect> around;
  for (double x = 60; x < 180; x += 6)
    for (double y = 50; y < 140; y += 4) around.push_back({x, y, 6, 4});
  EXPECT_FALSE(place_labels({request}, kPanel, {around, true})[0]);
  const auto places = place_labels({request}, kPanel, {around, false});
  ASSERT_TRUE(places[0]);
  EXPECT_DOUBLE_EQ(places[0]->y, 71.1);
}

}  // namespace
}  // namespace saccade
