// The values of a new detector.
#include "saccade/model/init_weights.h"

#include <ATen/ATen.h>
#include <gtest/gtest.h>

#include <cmath>
#include <map>

#include "tests/model/tiny_models.h"

namespace saccade {
namespace {

std::map<std::string, at::Tensor> new_weights(const ModelConfig& config, std::uint64_t seed = 3) {
  const auto detector = make_detector(config);
  init_weights(*detector, seed);
  std::map<std::string, at::Tensor> weights;
  for (const auto& [name, tensor] : state_dict(*detector)) weights.emplace(name, tensor);
  return weights;
}

double largest(const at::Tensor& tensor) { return tensor.abs().max().item<double>(); }
double deviation(const at::Tensor& tensor) { return tensor.std().item<double>(); }

TEST(InitWeights, EveryTensorOfEveryFamilyIsFilled) {
  for (const ModelConfig& config : {tiny_deformable(), tiny_two_stage(), tiny_detr()}) {
    const auto detector = make_detector(config);
    detector->visit([](const std::string&, at::Tensor& tensor, TensorKind) { tensor.fill_(NAN); });
    init_weights(*detector, 1);
    for (const auto& [name, tensor] : state_dict(*detector))
      EXPECT_TRUE(at::isfinite(tensor).all().item<bool>()) << name;
  }
}

TEST(InitWeights, TheSameSeedGivesTheSameValues) {
  const auto one = new_weights(tiny_deformable(), 5), other = new_weights(tiny_deformable(), 5);
  for (const auto& [name, tensor] : one) EXPECT_TRUE(tensor.equal(other.at(name))) << name;
  EXPECT_FALSE(one.at("query_embed.weight")
                   .equal(new_weights(tiny_deformable(), 6).at("query_embed.weight")));
}

// Heads look around in a ring: head 1 of 8 at (1, 1), point 2 three cells away.
TEST(InitWeights, SamplingOffsetsFormARing) {
  const auto weights = new_weights(tiny_deformable());
  const std::string name = "transformer.encoder.layers.0.self_attn.sampling_offsets.";
  EXPECT_EQ(largest(weights.at(name + "weight")), 0);
  const at::Tensor ring = weights.at(name + "bias").view({8, 4, 4, 2});
  EXPECT_NEAR(ring[1][2][2][0].item<float>(), 3, 1e-6);
  EXPECT_NEAR(ring[1][2][2][1].item<float>(), 3, 1e-6);
  EXPECT_NEAR(ring[4][0][0][0].item<float>(), -1, 1e-6);
  EXPECT_NEAR(ring[4][0][0][1].item<float>(), 0, 1e-6);
}

TEST(InitWeights, ClassBiasesStartAtOnePercentAndBoxesSmall) {
  const auto weights = new_weights(tiny_deformable());
  EXPECT_NEAR(weights.at("class_embed.0.bias")[2].item<float>(), -4.59511985, 1e-6);
  EXPECT_EQ(largest(weights.at("bbox_embed.0.layers.2.weight")), 0);
  EXPECT_EQ(weights.at("bbox_embed.0.layers.2.bias")[1].item<float>(), 0);
  EXPECT_EQ(weights.at("bbox_embed.0.layers.2.bias")[3].item<float>(), -2);
}

// With refinement the heads are copies, and only the first makes boxes small; with two stages none.
TEST(InitWeights, RefinementHeadsStartAsCopies) {
  ModelConfig refined = tiny_deformable();
  refined.with_box_refine = true;
  const auto weights = new_weights(refined);
  EXPECT_TRUE(
      weights.at("bbox_embed.0.layers.0.weight").equal(weights.at("bbox_embed.1.layers.0.weight")));
  EXPECT_TRUE(weights.at("class_embed.0.weight").equal(weights.at("class_embed.1.weight")));
  EXPECT_EQ(weights.at("bbox_embed.0.layers.2.bias")[2].item<float>(), -2);
  EXPECT_EQ(weights.at("bbox_embed.1.layers.2.bias")[2].item<float>(), 0);
  EXPECT_EQ(new_weights(tiny_two_stage()).at("bbox_embed.0.layers.2.bias")[2].item<float>(), 0);
}

// Bounds of Xavier (transformer) and of the default layer, deviation of Kaiming (backbone).
TEST(InitWeights, SpreadsAreThoseOfTheOfficialCode) {
  const auto weights = new_weights(tiny_deformable());
  const double xavier = std::sqrt(6.0 / (64 + 96));
  const double spread = largest(weights.at("transformer.encoder.layers.0.linear1.weight"));
  EXPECT_LE(spread, xavier);
  EXPECT_GT(spread, 0.97 * xavier);
  const double bias = largest(weights.at("transformer.encoder.layers.0.linear1.bias"));
  EXPECT_LE(bias, 1 / 8.0);
  EXPECT_GT(bias, 0.1);
  EXPECT_NEAR(deviation(weights.at("backbone.0.body.layer3.0.conv2.weight")),
              std::sqrt(2.0 / (256 * 9)), 2e-4);
  EXPECT_NEAR(deviation(weights.at("query_embed.weight")), 1, 0.05);
  EXPECT_EQ(largest(weights.at("input_proj.0.0.bias")), 0);
  EXPECT_EQ(weights.at("input_proj.0.1.weight").min().item<float>(), 1);
}

TEST(FitWeights, TellsWhatWasKeptDroppedAndNew) {
  const auto source = random_detector(tiny_deformable());
  ModelConfig config = tiny_deformable();
  config.num_classes = 9;
  const auto target = make_detector(config);
  init_weights(*target, 1);
  NamedTensors tensors = state_dict(*source);
  tensors.emplace_back("fc.weight", at::ones({2}));
  std::erase_if(tensors, [](const auto& entry) { return entry.first == "query_embed.weight"; });
  const FittedWeights fitted = fit_weights(*target, tensors);
  EXPECT_EQ(fitted.dropped, std::vector<std::string>{"fc.weight"});
  EXPECT_EQ(fitted.fresh, std::vector<std::string>{"query_embed.weight"});
  ASSERT_EQ(fitted.reshaped.size(), 4u);  // weight and bias under the names of two layers
  EXPECT_EQ(fitted.reshaped[0].name, "class_embed.0.weight");
  EXPECT_EQ(fitted.reshaped[0].file_shape, "[5, 64]");
  EXPECT_EQ(fitted.reshaped[0].model_shape, "[9, 64]");
  EXPECT_EQ(fitted.kept.size() + fitted.reshaped.size() + fitted.fresh.size(),
            state_dict(*target).size());
}

}  // namespace
}  // namespace saccade
