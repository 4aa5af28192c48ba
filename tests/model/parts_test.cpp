// The model's parts against plain loops and numbers worked by hand.
#include <ATen/ATen.h>
#include <gtest/gtest.h>

#include <cmath>

#include "saccade/model/multihead_attention.h"
#include "saccade/model/position_embedding.h"
#include "saccade/model/two_stage.h"
#include "saccade/op/box_ops.h"

namespace saccade {
namespace {

using at::Tensor;

TEST(BoxOps, IouOfTwoSquaresThatShareAQuarter) {
  const Tensor a = at::tensor({0.0, 0.0, 2.0, 2.0}).view({1, 4});
  const Tensor b = at::tensor({1.0, 1.0, 3.0, 3.0}).view({1, 4});
  EXPECT_NEAR(box_iou_pairs(a, b).first.item<double>(), 1.0 / 7, 1e-6);
  EXPECT_NEAR(generalised_box_iou(a, b).item<double>(), 1.0 / 7 - 2.0 / 9, 1e-6);
}

TEST(BoxOps, ConversionsUndoEachOther) {
  const Tensor boxes = at::rand({50, 4}, at::kDouble);
  EXPECT_TRUE(at::allclose(box_xyxy_to_cxcywh(box_cxcywh_to_xyxy(boxes)), boxes));
}

TEST(BoxOps, InverseSigmoidStaysFiniteAtTheEnds) {
  const Tensor x = at::tensor({-1.0, 0.0, 0.25, 1.0, 2.0}, at::kDouble);
  const Tensor y = inverse_sigmoid(x);
  EXPECT_NEAR(y[2].item<double>(), -std::log(3.0), 1e-12);
  EXPECT_NEAR(y[1].item<double>(), std::log(1e-5), 1e-9);
  EXPECT_EQ(y[0].item<double>(), y[1].item<double>());
  EXPECT_NEAR(y[3].item<double>(), -std::log(1e-5), 1e-9);
}

// Worked by hand: the middle of three cells lies at 1.5 / 3 of 2 pi, whose sine is 0.
TEST(SinePositions, MiddleCellIsHalfATurn) {
  const Tensor positions = SinePositions{.features = 4}(at::zeros({1, 3, 3}, at::kBool));
  ASSERT_EQ(positions.sizes(), (at::IntArrayRef{1, 8, 3, 3}));
  EXPECT_NEAR(positions[0][0][1][0].item<double>(), std::sin(M_PI), 1e-5);
  EXPECT_NEAR(positions[0][1][1][0].item<double>(), std::cos(M_PI), 1e-5);
  EXPECT_NEAR(positions[0][4][0][2].item<double>(), std::sin(2.5 / 3 * 2 * M_PI), 1e-5);
}

// The sines of its rows and columns alone: what an image without padding has in a batch with one that has some.
TEST(SinePositions, WithoutPaddingRowsAndColumnsSayAll) {
  for (const double shift : {0.5, 0.0}) {
    const SinePositions positions{.features = 128, .half_cell_shift = shift};
    Tensor masks = at::zeros({2, 13, 21}, at::kBool);
    masks[1].narrow(0, 9, 4).fill_(true);
    const Tensor alone = positions(masks.narrow(0, 0, 1));
    EXPECT_TRUE(at::equal(alone[0], positions(masks)[0]));
    EXPECT_TRUE(at::equal(positions(at::zeros({3, 13, 21}, at::kBool))[2], alone[0]));
  }
}

TEST(LearnedPositions, ColumnFirstThenRow) {
  LearnedPositions learned(2);
  learned.row_embed = at::arange(100, at::kFloat).view({50, 2});
  learned.col_embed = -learned.row_embed;
  const Tensor positions = learned(at::zeros({2, 3, 4}, at::kBool));
  ASSERT_EQ(positions.sizes(), (at::IntArrayRef{2, 4, 3, 4}));
  EXPECT_EQ(positions[1][0][2][3].item<double>(), -6);  // column 3
  EXPECT_EQ(positions[1][2][2][3].item<double>(), 4);   // row 2
}

// Worked by hand: level 1 of two has boxes of 0.1; its 2 x 1 cells lie at y = 0.25 and 0.75.
TEST(TwoStage, ProposalsAreBoxesOfTheirLevel) {
  const Tensor shapes = at::tensor({4, 2, 2, 1}, at::kLong).view({2, 2});
  Tensor padding = at::zeros({1, 10}, at::kBool);
  padding[0][9] = true;
  padding[0][6] = padding[0][7] = true;  // the last row of level 0
  const auto [boxes, stands] = proposal_grid(padding, shapes);
  EXPECT_TRUE(at::allclose(boxes[0][0], at::tensor({0.25, 0.5 / 3, 0.05, 0.05}, at::kFloat)));
  EXPECT_TRUE(at::allclose(boxes[0][8], at::tensor({0.5, 0.5, 0.1, 0.1}, at::kFloat)));
  for (int i = 0; i < 10; ++i)
    EXPECT_EQ(stands[0][i].item<bool>(), i != 6 && i != 7 && i != 9) << i;
}

// softmax(q k / sqrt(D)) v, head by head.
TEST(MultiheadAttention, IsTheSumOverKeysThatTheFormulaSays) {
  at::manual_seed(3);
  MultiheadAttention attention(8, 2);
  attention.visit(
      "", [](const std::string&, Tensor& t, TensorKind) { t = at::randn(t.sizes(), at::kDouble); });
  const Tensor query = at::randn({1, 3, 8}, at::kDouble);
  const Tensor key = at::randn({1, 5, 8}, at::kDouble);
  const Tensor value = at::randn({1, 5, 8}, at::kDouble);
  Tensor padding = at::zeros({1, 5}, at::kBool);
  padding[0][4] = true;
  const Tensor out = attention({.query = query,
                                .key = key,
                                .value = value,
                                .key_padding_mask = padding,
                                .site = AttentionSite::kDecoderCross,
                                .layer = 0},
                               Mode{}, nullptr);
  const auto part = [&](const Tensor& x, int i, int head) {
    return (at::matmul(x[0], attention.in_proj_weight.narrow(0, 8 * i, 8).t()) +
            attention.in_proj_bias.narrow(0, 8 * i, 8))
        .narrow(1, 4 * head, 4);
  };
  std::vector<Tensor> heads;
  for (int head = 0; head < 2; ++head) {
    const Tensor scores = at::matmul(part(query, 0, head), part(key, 1, head).t()) / 2;
    const Tensor weights = at::softmax(scores.narrow(1, 0, 4), -1);
    heads.push_back(at::matmul(weights, part(value, 2, head).narrow(0, 0, 4)));
  }
  EXPECT_TRUE(at::allclose(out[0], attention.out_proj(at::cat(heads, 1))));
}

}  // namespace
}  // namespace saccade
