// From raw outputs to detections: order, ties, few results.
#include "saccade/model/postprocess.h"

#include <ATen/ATen.h>
#include <gtest/gtest.h>

#include <cmath>

namespace saccade {
namespace {

using at::Tensor;

std::vector<std::int64_t> whole(const Tensor& t) {
  return {t.const_data_ptr<std::int64_t>(), t.const_data_ptr<std::int64_t>() + t.numel()};
}

const Tensor& two_boxes() {
  static const Tensor boxes = at::tensor({0.5, 0.5, 0.2, 0.4, 0.25, 0.5, 0.5, 1.0}).view({2, 4});
  return boxes;
}

// Worked by hand: sigmoid(0) = 0.5; the second box covers the left half of a 200 x 100 picture.
TEST(Postprocess, FocalTakesTheBestQueryClassPairs) {
  const Tensor logits = at::tensor({-9.0, 0.0, -8.0, 3.0, -7.0, -6.0}).view({2, 3});
  const auto best =
      postprocess(ModelFamily::kDeformableDetr, logits, two_boxes(), 200, 100, /*count=*/2);
  EXPECT_EQ(whole(best.queries), (std::vector<std::int64_t>{1, 0}));
  EXPECT_EQ(whole(best.labels), (std::vector<std::int64_t>{0, 1}));
  EXPECT_NEAR(best.scores[0].item<double>(), 1 / (1 + std::exp(-3)), 1e-6);
  EXPECT_EQ(best.scores[1].item<double>(), 0.5);
  EXPECT_TRUE(at::allclose(
      best.boxes, at::tensor({0.0, 0.0, 100.0, 100.0, 80.0, 30.0, 120.0, 70.0}).view({2, 4})));
}

TEST(Postprocess, TiesComeInOrderOfQueryThenClass) {
  const auto all =
      postprocess(ModelFamily::kDeformableDetr, at::zeros({40, 7}), at::rand({40, 4}), 10, 10);
  ASSERT_EQ(all.scores.size(0), 100);
  for (std::int64_t i = 0; i < 100; ++i) {
    EXPECT_EQ(all.queries[i].item<std::int64_t>(), i / 7);
    EXPECT_EQ(all.labels[i].item<std::int64_t>(), i % 7);
  }
}

TEST(Postprocess, FewerThanAHundredPairsAreAllKept) {
  const auto all =
      postprocess(ModelFamily::kDeformableDetr, at::randn({4, 3}), at::rand({4, 4}), 10, 10);
  EXPECT_EQ(all.scores.size(0), 12);
  EXPECT_TRUE(all.scores.diff().le(0).all().item<bool>());
}

// Worked by hand: classes (log 1, log 3) and no-object log 4 share 8.
TEST(Postprocess, SoftmaxLeavesOutTheNoObjectOutput) {
  const Tensor logits = at::tensor({0.0, std::log(3.0), std::log(4.0), 5.0, 0.0, 0.0}).view({2, 3});
  const auto rows = postprocess(ModelFamily::kDetr, logits, two_boxes(), 200, 100);
  EXPECT_EQ(whole(rows.queries), (std::vector<std::int64_t>{0, 1}));
  EXPECT_EQ(whole(rows.labels), (std::vector<std::int64_t>{1, 0}));
  EXPECT_NEAR(rows.scores[0].item<double>(), 3.0 / 8, 1e-6);
}

TEST(Postprocess, DetectionsAreSortedAndCarryTheirQuery) {
  const Tensor logits = at::tensor({0.0, -9.0, 2.0, -9.0, 5.0, -9.0}).view({3, 2});
  const auto rows = postprocess(ModelFamily::kDetr, logits, at::rand({3, 4}), 10, 10);
  const auto detections = to_detections(rows, ClassMap());
  ASSERT_EQ(detections.size(), 3u);
  EXPECT_EQ(detections[0].query, 2);
  EXPECT_EQ(detections[2].query, 0);
  EXPECT_GE(detections[0].score, detections[1].score);
}

}  // namespace
}  // namespace saccade
