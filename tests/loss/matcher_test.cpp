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

TEST(Matcher, NamesLayerAndImageOfAPredictionThatIsNotFinite) {
  Case c({1, 1, 1});
  c.boxes[1][2][7][0] = std::nan("");
  try {
    match(c.logits, c.boxes, c.targets, {});
    FAIL() << "nothing was thrown";
  } catch (const Error& error) {
    EXPECT_NE(std::string(error.what()).find("layer 1 of image 2"), std::string::npos)
        << error.what();
  }
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
