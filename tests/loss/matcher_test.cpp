// Which prediction answers for which object.
#include "saccade/loss/matcher.h"

#include <ATen/ATen.h>
#include <gtest/gtest.h>

#include <cmath>

#include "saccade/core/error.h"

namespace saccade {
namespace {

struct Case {
  at::Tensor logits = at::randn({2, 3, 20, 7});
  at::Tensor boxes = at::rand({2, 3, 20, 4}) * 0.4 + 0.1;
  std::vector<LossTarget> targets;

  explicit Case(std::vector<std::int64_t> counts) {
    for (const std::int64_t n : counts)
      targets.push_back({at::randint(7, {n}, at::kLong), at::rand({n, 4}) * 0.4 + 0.1});
  }
};

TEST(Matcher, ObjectsFindTheirOwnBoxes) {
  Case c({2, 0, 1});
  c.boxes[1][0][13] = c.targets[0].boxes[0];
  c.boxes[1][0][4] = c.targets[0].boxes[1];
  const auto matches = match(c.logits, c.boxes, c.targets, {.cost_class = 0});
  EXPECT_EQ(matches[1][0].pred, (std::vector<std::int64_t>{4, 13}));
  EXPECT_EQ(matches[1][0].target, (std::vector<std::int64_t>{1, 0}));
  EXPECT_TRUE(matches[1][1].pred.empty());
  EXPECT_EQ(matches[0][2].pred.size(), 1u);
}

TEST(Matcher, AnImageMatchesTheSameAloneAndInABatch) {
  for (const ClassCost cost : {ClassCost::kFocal, ClassCost::kSoftmax}) {
    const Case c({5, 9, 30});
    const auto together = match(c.logits, c.boxes, c.targets, {.class_cost = cost});
    for (std::int64_t i = 0; i < 3; ++i) {
      const auto alone = match(c.logits.narrow(1, i, 1), c.boxes.narrow(1, i, 1),
                               std::span(c.targets).subspan(i, 1), {.class_cost = cost});
      EXPECT_EQ(alone[0][0].pred, together[0][i].pred);
      EXPECT_EQ(alone[0][0].target, together[0][i].target);
    }
  }
}

TEST(Matcher, MoreObjectsThanQueriesUseEveryQuery) {
  const Case c({30, 0, 0});
  const auto matches = match(c.logits, c.boxes, c.targets, {});
  ASSERT_EQ(matches[0][0].pred.size(), 20u);
  for (std::int64_t i = 0; i < 20; ++i) EXPECT_EQ(matches[0][0].pred[i], i);
}

std::string refusal_of(const Case& c) {
  try {
    match(c.logits, c.boxes, c.targets, {});
  } catch (const Error& error) {
    return error.what();
  }
  return "";
}

// Whether or not an object is there to be matched: image 1 has none.
TEST(Matcher, NamesLayerAndImageOfAPredictionThatIsNotFinite) {
  Case c({1, 0, 1});
  c.boxes[1][2][7][0] = std::nan("");
  EXPECT_EQ(refusal_of(c), "boxes of layer 1, image 2 of the batch: a value is not finite");
  Case infinite({1, 0, 1});
  infinite.logits[0][1][3][6] = INFINITY;
  EXPECT_EQ(refusal_of(infinite), "logits of layer 0, image 1 of the batch: a value is not finite");
}

TEST(Matcher, RefusesTargetsOfAnotherShape) {
  Case c({3, 0, 1});
  c.targets[0].boxes = c.targets[0].boxes.narrow(0, 0, 2);
  EXPECT_NE(refusal_of(c).find("image 0 of the batch: labels [3] and boxes [2, 4]"),
            std::string::npos)
      << refusal_of(c);
  Case narrow({3, 0, 1});
  narrow.targets[0].boxes = narrow.targets[0].boxes.narrow(1, 0, 3);
  EXPECT_NE(refusal_of(narrow), "");
  Case lost({1, 0, 2});
  lost.targets[2].boxes[1][0] = std::nan("");
  EXPECT_EQ(refusal_of(lost), "targets of image 2 of the batch: a box is not finite");
}

TEST(Matcher, RefusesNoWeightsAndUnknownClasses) {
  Case c({1, 0, 0});
  EXPECT_THROW(
      match(c.logits, c.boxes, c.targets, {.cost_class = 0, .cost_bbox = 0, .cost_giou = 0}),
      Error);
  c.targets[0].labels[0] = 7;
  EXPECT_THROW(match(c.logits, c.boxes, c.targets, {}), Error);
}

}  // namespace
}  // namespace saccade
