// Names and sharing of a detector's tensors, and how strictly weights are taken.
#include <ATen/ATen.h>
#include <gtest/gtest.h>

#include <algorithm>

#include "saccade/model/detector.h"
#include "tests/model/tiny_models.h"

namespace saccade {
namespace {

NamedTensors tensors_of(const ModelConfig& config) { return state_dict(*random_detector(config)); }

void remove(NamedTensors& tensors, const std::string& name) {
  EXPECT_EQ(std::erase_if(tensors, [&](const auto& t) { return t.first == name; }), 1u) << name;
}

at::Tensor& named(NamedTensors& tensors, const std::string& name) {
  return std::find_if(tensors.begin(), tensors.end(),
                      [&](const auto& t) { return t.first == name; })
      ->second;
}

std::string load_error(const ModelConfig& config, const NamedTensors& tensors) {
  const auto detector = make_detector(config);
  return error_of([&] { load_state_dict(*detector, tensors, "w.pth"); });
}

TEST(StateDict, ComesBackAsItWasLoaded) {
  const NamedTensors tensors = tensors_of(tiny_two_stage());
  const auto detector = make_detector(tiny_two_stage());
  load_state_dict(*detector, tensors, "w.pth");
  const NamedTensors back = state_dict(*detector);
  ASSERT_EQ(back.size(), tensors.size());
  for (std::size_t i = 0; i < back.size(); ++i) {
    EXPECT_EQ(back[i].first, tensors[i].first);
    EXPECT_TRUE(back[i].second.equal(tensors[i].second)) << back[i].first;
  }
}

TEST(StateDict, HalfPrecisionBecomesFloat) {
  NamedTensors tensors = tensors_of(tiny_detr());
  for (auto& [name, tensor] : tensors) tensor = tensor.to(at::kHalf);
  const auto detector = make_detector(tiny_detr());
  load_state_dict(*detector, tensors, "w.pth");
  for (const auto& [name, tensor] : state_dict(*detector))
    EXPECT_EQ(tensor.scalar_type(), at::kFloat) << name;
}

TEST(StateDict, AMissingTensorIsNamed) {
  NamedTensors tensors = tensors_of(tiny_detr());
  remove(tensors, "transformer.decoder.norm.bias");
  EXPECT_EQ(load_error(tiny_detr(), tensors),
            "w.pth: 1 tensor is missing: transformer.decoder.norm.bias");
  remove(tensors, "class_embed.bias");
  EXPECT_EQ(load_error(tiny_detr(), tensors),
            "w.pth: 2 tensors are missing, such as class_embed.bias");
}

TEST(StateDict, AnUnexpectedTensorIsNamed) {
  NamedTensors tensors = tensors_of(tiny_detr());
  tensors.emplace_back("transformer.level_embed", at::zeros({1, 64}));
  EXPECT_EQ(load_error(tiny_detr(), tensors),
            "w.pth: 1 tensor has no place in this model: transformer.level_embed");
}

TEST(StateDict, AnotherShapeIsNamedWithBothShapes) {
  ModelConfig config = tiny_deformable();
  const NamedTensors tensors = tensors_of(config);
  config.num_classes = 8;
  EXPECT_EQ(load_error(config, tensors),
            "w.pth: class_embed.0.weight is [5, 64], this model wants [8, 64]; another number of "
            "classes?");
}

TEST(StateDict, OneNameOfASharedTensorIsEnough) {
  NamedTensors tensors = tensors_of(tiny_deformable());
  remove(tensors, "class_embed.0.weight");
  EXPECT_EQ(load_error(tiny_deformable(), tensors), "");
  remove(tensors, "class_embed.1.weight");
  EXPECT_NE(load_error(tiny_deformable(), tensors).find("is missing: class_embed.0.weight"),
            std::string::npos);
}

TEST(StateDict, NamesOfASharedTensorMustAgree) {
  NamedTensors tensors = tensors_of(tiny_two_stage());
  at::Tensor& alias = named(tensors, "bbox_embed.1.layers.0.weight");
  alias = alias + 1;
  const std::string message = load_error(tiny_two_stage(), tensors);
  EXPECT_NE(message.find("are one tensor in this model but differ here"), std::string::npos)
      << message;
  EXPECT_NE(message.find("bbox_embed.1.layers.0.weight"), std::string::npos) << message;
}

TEST(StateDict, FrozenBackbonesTrainTheirLastThreeStages) {
  ModelConfig config = tiny_detr();
  const std::string body = "backbone.0.body.";
  EXPECT_FALSE(is_trainable(config, body + "conv1.weight", TensorKind::kParameter));
  EXPECT_FALSE(is_trainable(config, body + "layer1.0.conv1.weight", TensorKind::kParameter));
  EXPECT_TRUE(is_trainable(config, body + "layer2.0.conv1.weight", TensorKind::kParameter));
  EXPECT_FALSE(is_trainable(config, body + "layer2.0.bn1.weight", TensorKind::kBuffer));
  EXPECT_TRUE(is_trainable(config, "query_embed.weight", TensorKind::kParameter));
  config.norm = BackboneNorm::kBatch;
  EXPECT_TRUE(is_trainable(config, body + "conv1.weight", TensorKind::kParameter));
}

}  // namespace
}  // namespace saccade
