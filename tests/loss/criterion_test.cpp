// The losses of every decoder layer against the matched objects.
#include "saccade/loss/criterion.h"

#include <ATen/ATen.h>
#include <gtest/gtest.h>

#include <cmath>

namespace saccade {
namespace {

ModelOutput random_output(std::int64_t layers, bool two_stage) {
  ModelOutput output;
  output.pred_logits = at::randn({layers, 2, 6, 4}, at::kDouble);
  output.pred_boxes = at::rand({layers, 2, 6, 4}, at::kDouble) * 0.4 + 0.1;
  if (!two_stage) return output;
  output.enc_logits = at::randn({2, 9, 4}, at::kDouble);
  output.enc_boxes_unact = at::randn({2, 9, 4}, at::kDouble);
  return output;
}

std::vector<LossTarget> random_targets() {
  std::vector<LossTarget> targets;
  for (const std::int64_t n : {3, 1})
    targets.push_back({at::randint(3, {n}, at::kLong), at::rand({n, 4}, at::kDouble) * 0.4 + 0.1});
  return targets;
}

double value_of(const Losses& losses, const std::string& name) {
  for (const LossValue& loss : losses.values) {
    if (loss.name == name) return loss.value.item<double>();
  }
  ADD_FAILURE() << "no loss " << name;
  return 0;
}

// One query of one image with the object's own box: nothing left to pay but the class.
TEST(Criterion, APerfectBoxCostsNothing) {
  ModelOutput output;
  output.pred_logits = at::tensor({0.0, 0.0}).view({1, 1, 1, 2});
  output.pred_boxes = at::tensor({0.5, 0.5, 0.2, 0.4}).view({1, 1, 1, 4});
  const std::vector<LossTarget> targets{
      {at::tensor({std::int64_t{1}}), output.pred_boxes.view({1, 4}).clone()}};
  const Losses losses =
      compute_losses(output, targets, 1, CriterionOptions::defaults(ModelFamily::kDeformableDetr));
  EXPECT_NEAR(value_of(losses, "loss_bbox"), 0, 1e-12);
  EXPECT_NEAR(value_of(losses, "loss_giou"), 0, 1e-7);
  // log 2 twice, times a quarter of (1 - p)^2 for the object, three quarters for the other class.
  EXPECT_NEAR(value_of(losses, "loss_ce"), std::log(2.0) * 0.25 * (0.25 + 0.75), 1e-7);
}

// Central differences of the total in single logits and coordinates.
TEST(Criterion, GradientsAgreeWithDifferences) {
  for (const ModelFamily family : {ModelFamily::kDeformableDetr, ModelFamily::kDetr}) {
    at::manual_seed(4);
    const bool two_stage = family == ModelFamily::kDeformableDetr;
    ModelOutput output = random_output(2, two_stage);
    const auto targets = random_targets();
    const auto options = CriterionOptions::defaults(family);
    std::vector<at::Tensor> inputs{output.pred_logits, output.pred_boxes};
    if (two_stage) inputs.insert(inputs.end(), {output.enc_logits, output.enc_boxes_unact});
    for (at::Tensor& input : inputs) input.requires_grad_(true);
    compute_losses(output, targets, 4, options).total.backward();
    constexpr double kStep = 1e-6;
    for (at::Tensor& input : inputs) {
      const at::Tensor flat = input.detach().view(-1), gradient = input.grad().view(-1);
      for (std::int64_t i = 0; i < flat.numel(); i += 5) {
        const double at_rest = flat[i].item<double>();
        flat[i].fill_(at_rest + kStep);
        const double up = compute_losses(output, targets, 4, options).total.item<double>();
        flat[i].fill_(at_rest - kStep);
        const double down = compute_losses(output, targets, 4, options).total.item<double>();
        flat[i].fill_(at_rest);
        EXPECT_NEAR(gradient[i].item<double>(), (up - down) / (2 * kStep), 1e-6);
      }
    }
  }
}

TEST(Criterion, LossesAreNamedAndOrderedAsTheOriginal) {
  const auto options = CriterionOptions::defaults(ModelFamily::kDeformableDetr);
  const Losses losses = compute_losses(random_output(3, true), random_targets(), 4, options);
  std::vector<std::string> names;
  for (const LossValue& loss : losses.values) names.push_back(loss.name);
  EXPECT_EQ(names, (std::vector<std::string>{
                       "loss_ce", "class_error", "loss_bbox", "loss_giou", "cardinality_error",
                       "loss_ce_0", "loss_bbox_0", "loss_giou_0", "cardinality_error_0",
                       "loss_ce_1", "loss_bbox_1", "loss_giou_1", "cardinality_error_1",
                       "loss_ce_enc", "loss_bbox_enc", "loss_giou_enc", "cardinality_error_enc"}));
}

TEST(Criterion, WithoutAuxiliaryLossesTheLastLayerCountsAlone) {
  auto options = CriterionOptions::defaults(ModelFamily::kDeformableDetr);
  const ModelOutput output = random_output(3, false);
  const auto targets = random_targets();
  const Losses all = compute_losses(output, targets, 4, options);
  options.aux_loss = false;
  const Losses last = compute_losses(output, targets, 4, options);
  EXPECT_EQ(last.values.size(), 5u);
  EXPECT_DOUBLE_EQ(value_of(last, "loss_giou"), value_of(all, "loss_giou"));
  EXPECT_LT(last.total.item<double>(), all.total.item<double>());
}

TEST(Criterion, WithoutWeightsTheTotalIsNothing) {
  auto options = CriterionOptions::defaults(ModelFamily::kDeformableDetr);
  options.cls_loss_coef = options.bbox_loss_coef = options.giou_loss_coef = 0;
  EXPECT_EQ(
      compute_losses(random_output(2, false), random_targets(), 4, options).total.item<double>(),
      0);
}

}  // namespace
}  // namespace saccade
