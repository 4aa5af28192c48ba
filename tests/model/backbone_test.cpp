// The backbone's two ways: with gradients layer by layer, without them fused.
#include "saccade/model/backbone.h"

#include <ATen/ATen.h>
#include <c10/core/InferenceMode.h>
#include <gtest/gtest.h>

#include "saccade/op/weight_casts.h"

namespace saccade {
namespace {

// Weights that keep maps of about one size, and norms that do something.
Backbone random_backbone(const ModelConfig& config) {
  Backbone backbone(config);
  backbone.visit("", [](const std::string& name, at::Tensor& tensor, TensorKind) {
    if (tensor.dim() == 4) {
      tensor.normal_(0, std::sqrt(2.0 / static_cast<double>(tensor[0].numel())));
    } else if (name.ends_with("running_var") || name.ends_with("weight")) {
      tensor.uniform_(0.5, 1.5);
    } else {
      tensor.normal_(0, 0.2);
    }
  });
  return backbone;
}

struct Case {
  const char* backbone;
  BackboneNorm norm;
  bool dilation;
};

void expect_same(const Case& c, WeightCasts* casts) {
  at::manual_seed(0);
  ModelConfig config;
  config.backbone = c.backbone;
  config.norm = c.norm;
  config.dilation = c.dilation;
  const Backbone backbone = random_backbone(config);
  const at::Tensor pixels = at::randn({2, 3, 67, 95});
  const auto layer_by_layer = backbone(pixels, 3, false);
  const c10::InferenceMode no_gradients;
  std::optional<WeightCasts::Pass> pass;
  if (casts != nullptr) pass.emplace(*casts);
  for (int again = 0; again < 2; ++again) {
    const auto fused = backbone(pixels, 3, false);
    ASSERT_EQ(fused.size(), layer_by_layer.size());
    for (std::size_t level = 0; level < fused.size(); ++level) {
      const at::Tensor& wanted = layer_by_layer[level];
      const double size = wanted.abs().max().item<double>();
      EXPECT_LT((fused[level] - wanted).abs().max().item<double>(), 2e-5 * size) << c.backbone;
    }
  }
}

TEST(Backbone, WithoutGradientsItIsTheSameToRounding) {
  const std::vector<Case> cases = {{"resnet18", BackboneNorm::kFrozen, false},
                                   {"resnet18", BackboneNorm::kBatch, false},
                                   {"resnet50", BackboneNorm::kFrozen, true},
                                   {"resnet18", BackboneNorm::kGroup, false}};
  for (const Case& c : cases) {
    expect_same(c, nullptr);
    WeightCasts casts(/*adds_gradients=*/false);
    expect_same(c, &casts);
  }
}

// Folded weights are kept only as long as nobody writes into what they were made of.
TEST(Backbone, SeesNewWeights) {
  ModelConfig config;
  config.backbone = "resnet18";
  Backbone backbone = random_backbone(config);
  WeightCasts casts(/*adds_gradients=*/false);
  const c10::InferenceMode no_gradients;
  const at::Tensor pixels = at::randn({1, 3, 32, 32});
  const auto maps = [&] {
    const WeightCasts::Pass pass(casts);
    return backbone(pixels, 1, false)[0].clone();
  };
  const at::Tensor before = maps();
  EXPECT_TRUE(at::equal(maps(), before));
  backbone.visit("", [](const std::string& name, at::Tensor& tensor, TensorKind) {
    if (name == "layer4.1.bn2.bias") tensor.add_(1);
  });
  EXPECT_FALSE(at::equal(maps(), before));
}

}  // namespace
}  // namespace saccade
