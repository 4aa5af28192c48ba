// Gradients of gates on attention against central differences of the loss.
#include "saccade/study/gate_importance.h"

#include <ATen/ATen.h>
#include <gtest/gtest.h>

#include "saccade/core/error.h"
#include "saccade/explain/intervention_text.h"
#include "tests/explain/tiny_detector.h"

namespace saccade {
namespace {

constexpr double kStep = 1e-6;

struct Place {
  const char* name;
  ModelConfig config;
  AttentionSite site;
  bool on_entries;
};

class GatedLossAt : public testing::TestWithParam<Place> {
 protected:
  void SetUp() override {
    detector_ = random_detector(GetParam().config, 3);
    detector_->to(at::kDouble);
    const FramedImage image = framed(random_image(48, 64), 48, 64);
    pixels_ = image.pixels.to(at::kDouble);
    mask_ = image.mask;
    targets_ = {{at::tensor({1, 2}, at::kLong),
                 at::tensor({0.3, 0.4, 0.2, 0.3, 0.7, 0.6, 0.4, 0.2}, at::kDouble).view({2, 4})}};
  }

  GatedLoss loss(const std::vector<at::Tensor>& gates = {}) const {
    return gated_loss(*detector_, pixels_, mask_, targets_, GetParam().site, GetParam().on_entries,
                      gates);
  }

  // The loss with one gate moved.
  double loss_at(const std::vector<at::Tensor>& open, std::size_t layer, std::int64_t gate,
                 double step) const {
    std::vector<at::Tensor> gates;
    for (const at::Tensor& one : open) gates.push_back(one.detach().clone());
    gates[layer].view(-1)[gate] += step;
    return loss(gates).loss.item<double>();
  }

  std::unique_ptr<Detector> detector_;
  at::Tensor pixels_, mask_;
  std::vector<LossTarget> targets_;
};

TEST_P(GatedLossAt, HasTheGradientOfCentralDifferences) {
  const GatedLoss gated = loss();
  gated.loss.backward();
  double largest = 0;
  for (std::size_t layer = 0; layer < gated.gates.size(); ++layer) {
    const at::Tensor gradient = gated.gates[layer].grad();
    ASSERT_TRUE(gradient.defined()) << layer;
    for (std::int64_t gate = 0; gate < gradient.numel(); gate += 3) {
      const double numeric =
          (loss_at(gated.gates, layer, gate, kStep) - loss_at(gated.gates, layer, gate, -kStep)) /
          (2 * kStep);
      const double exact = gradient.view(-1)[gate].item<double>();
      EXPECT_NEAR(exact, numeric, 1e-6 * std::max(1.0, std::abs(numeric))) << layer << " " << gate;
      largest = std::max(largest, std::abs(exact));
    }
  }
  EXPECT_GT(largest, 1e-4);  // something was compared
}

INSTANTIATE_TEST_SUITE_P(
    Sites, GatedLossAt,
    testing::Values(
        Place{"cross_heads", tiny_deformable(), AttentionSite::kDecoderCross, false},
        Place{"cross_entries", tiny_deformable(), AttentionSite::kDecoderCross, true},
        Place{"self_heads", tiny_deformable(), AttentionSite::kDecoderSelf, false},
        Place{"encoder_entries", tiny_deformable(), AttentionSite::kEncoderSelf, true},
        Place{"refined_cross_heads", tiny_refining(), AttentionSite::kDecoderCross, false},
        Place{"two_stage_cross_entries", tiny_two_stage(), AttentionSite::kDecoderCross, true},
        Place{"two_stage_encoder_heads", tiny_two_stage(), AttentionSite::kEncoderSelf, false},
        Place{"detr_cross_heads", tiny_detr(), AttentionSite::kDecoderCross, false},
        Place{"detr_encoder_heads", tiny_detr(), AttentionSite::kEncoderSelf, false}),
    [](const auto& info) { return info.param.name; });

TEST(GatedUnit, IsOfHeadsLevelsAndPoints) {
  EXPECT_NO_THROW(gated_unit(parse_intervention("dec.3.cross.head5=off(mean)")));
  EXPECT_NO_THROW(gated_unit(parse_intervention("enc.1.head2.level0.point3=off(drop)")));
  EXPECT_THROW(gated_unit(parse_intervention("query[3]=off")), UsageError);
  EXPECT_THROW(gated_unit(parse_intervention("dec.3.cross=off")), UsageError);
}

}  // namespace
}  // namespace saccade
