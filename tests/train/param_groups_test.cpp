// Which tensors are trained, and at which rate.
#include "saccade/train/param_groups.h"

#include <gmock/gmock.h>
#include <gtest/gtest.h>

#include <algorithm>
#include <set>

#include "saccade/core/error.h"
#include "tests/train/tiny_training.h"

namespace saccade {
namespace {

struct Grouped {
  TrainConfig config;
  std::unique_ptr<Detector> detector;
  std::vector<ParamGroup> groups;

  explicit Grouped(const TrainConfig& c)
      : config(c), detector(make_detector(c.model)), groups(make_param_groups(*detector, c)) {}

  std::vector<std::string> names(std::size_t group) const {
    std::vector<std::string> names;
    for (const Parameter& p : groups[group].parameters) names.push_back(p.name);
    return names;
  }
  bool has(std::size_t group, const std::string& name) const {
    const auto all = names(group);
    return std::find(all.begin(), all.end(), name) != all.end();
  }
  // Names in any group that hold `part`.
  std::size_t count(const std::string& part) const {
    const auto all = all_parameters(groups);
    return static_cast<std::size_t>(std::count_if(all.begin(), all.end(), [&](const auto& p) {
      return p.name.find(part) != std::string::npos;
    }));
  }
};

TrainConfig with_norm(BackboneNorm norm) {
  TrainConfig config;
  config.model = tiny_deformable();
  config.model.norm = norm;
  return config;
}

TEST(ParamGroups, EverythingTheBackboneAndWhatLearnsSlowly) {
  const Grouped g(with_norm(BackboneNorm::kFrozen));
  ASSERT_EQ(g.groups.size(), 3u);
  EXPECT_DOUBLE_EQ(g.groups[0].lr, 2e-4);
  EXPECT_DOUBLE_EQ(g.groups[1].lr, 2e-5);
  EXPECT_DOUBLE_EQ(g.groups[2].lr, 2e-5);
  EXPECT_TRUE(g.has(0, "query_embed.weight"));
  EXPECT_TRUE(g.has(0, "transformer.encoder.layers.0.self_attn.value_proj.weight"));
  EXPECT_TRUE(g.has(1, "backbone.0.body.layer4.1.conv2.weight"));
  EXPECT_TRUE(g.has(2, "transformer.reference_points.bias"));
  EXPECT_TRUE(g.has(2, "transformer.decoder.layers.1.cross_attn.sampling_offsets.weight"));
}

// Its norms and first layers stay as ImageNet left them.
TEST(ParamGroups, WithFrozenNormOnlyTheLaterStagesTrain) {
  const Grouped g(with_norm(BackboneNorm::kFrozen));
  EXPECT_EQ(g.count("backbone.0.body.conv1"), 0u);
  EXPECT_EQ(g.count("backbone.0.body.layer1"), 0u);
  EXPECT_EQ(g.count("backbone.0.body.layer2.0.bn1"), 0u);
  for (const char* stage : {"layer2", "layer3", "layer4"})
    EXPECT_EQ(g.count(text_of("backbone.0.body.", stage, ".0.conv1.weight")), 1u) << stage;
}

TEST(ParamGroups, WithBatchNormAllOfTheBackboneTrains) {
  const Grouped g(with_norm(BackboneNorm::kBatch));
  for (const char* name : {"conv1.weight", "bn1.weight", "bn1.bias", "layer1.0.conv1.weight"})
    EXPECT_TRUE(g.has(1, text_of("backbone.0.body.", name))) << name;
  EXPECT_EQ(g.count("running_"), 0u);
}

TEST(ParamGroups, GradientsAreOnForWhatTrainsAndOffForTheRest) {
  Grouped g(with_norm(BackboneNorm::kFrozen));
  std::set<const void*> trained;
  for (const Parameter& p : all_parameters(g.groups))
    trained.insert(p.tensor.unsafeGetTensorImpl());
  std::size_t off = 0;
  g.detector->visit([&](const std::string& name, at::Tensor& tensor, TensorKind) {
    EXPECT_EQ(tensor.requires_grad(), trained.count(tensor.unsafeGetTensorImpl()) == 1) << name;
    off += tensor.requires_grad() ? 0 : 1;
  });
  EXPECT_GT(off, 20u);
}

TEST(ParamGroups, ABackboneWithoutRateIsFrozen) {
  for (const double rate : {0.0, -1.0}) {
    TrainConfig config = with_norm(BackboneNorm::kBatch);
    config.lr_backbone = rate;
    Grouped g(config);
    EXPECT_TRUE(g.groups[1].parameters.empty());
    g.detector->visit([](const std::string& name, at::Tensor& tensor, TensorKind) {
      EXPECT_EQ(tensor.requires_grad() && name.rfind("backbone.0.", 0) == 0, false) << name;
    });
    EXPECT_TRUE(g.has(0, "query_embed.weight"));
    // What was frozen can be trained again.
    config.lr_backbone = 1e-5;
    make_param_groups(*g.detector, config);
    g.detector->visit([](const std::string& name, at::Tensor& tensor, TensorKind kind) {
      EXPECT_EQ(tensor.requires_grad(), kind == TensorKind::kParameter) << name;
    });
  }
}

// With box refinement the decoder has the heads too, under a second name.
TEST(ParamGroups, ATensorOfTwoNamesIsTrainedOnce) {
  TrainConfig config = with_norm(BackboneNorm::kFrozen);
  config.model.with_box_refine = true;
  Grouped g(config);
  std::set<const void*> seen;
  for (const Parameter& p : all_parameters(g.groups))
    EXPECT_TRUE(seen.insert(p.tensor.unsafeGetTensorImpl()).second) << p.name;
  std::set<std::string> heads;
  g.detector->visit([&](const std::string& name, at::Tensor& tensor, TensorKind) {
    if (name.find("bbox_embed.0.layers.0.weight") != std::string::npos) heads.insert(name);
    EXPECT_TRUE(!tensor.requires_grad() || seen.count(tensor.unsafeGetTensorImpl()) == 1) << name;
  });
  EXPECT_EQ(heads.size(), 2u);
  EXPECT_EQ(g.count("bbox_embed.0.layers.0.weight"), 1u);
}

TEST(ParamGroups, ANameInBothListsIsAnError) {
  TrainConfig config = with_norm(BackboneNorm::kFrozen);
  config.lr_linear_proj_names = {"layer4.0.conv1"};
  EXPECT_THAT(error_of([&] { Grouped{config}; }),
              testing::AllOf(testing::HasSubstr("backbone.0.body.layer4.0.conv1.weight"),
                             testing::HasSubstr("--lr_backbone_names"),
                             testing::HasSubstr("--lr_linear_proj_names")));
}

// Learned positions count as backbone there, as their official name does.
TEST(ParamGroups, PlainDetrHasTwoGroups) {
  TrainConfig config = TrainConfig::defaults(ModelFamily::kDetr);
  config.model = tiny_detr();
  config.model.position_embedding = "learned";
  const Grouped g(config);
  ASSERT_EQ(g.groups.size(), 2u);
  EXPECT_DOUBLE_EQ(g.groups[0].lr, 1e-4);
  EXPECT_DOUBLE_EQ(g.groups[1].lr, 1e-5);
  EXPECT_TRUE(g.has(0, "bbox_embed.layers.2.weight"));
  EXPECT_TRUE(g.has(1, "backbone.1.row_embed.weight"));
  EXPECT_TRUE(g.has(1, "backbone.0.body.layer2.0.conv1.weight"));
}

// They have a rate of the backbone that must not turn steps around.
TEST(ParamGroups, ARateBelowZeroClimbsNoLoss) {
  TrainConfig config = TrainConfig::defaults(ModelFamily::kDetr);
  config.model = tiny_detr();
  config.model.position_embedding = "learned";
  config.lr_backbone = -1;
  for (const ParamGroup& group : Grouped(config).groups) EXPECT_GE(group.lr, 0);
}

TEST(ParamGroups, AllParametersGoGroupAfterGroup) {
  const at::Tensor t = at::zeros({1});
  const auto all = all_parameters({{1, {{"a", t}, {"b", t}}}, {1, {}}, {1, {{"c", t}}}});
  ASSERT_EQ(all.size(), 3u);
  EXPECT_EQ(all[0].name + all[1].name + all[2].name, "abc");
}

}  // namespace
}  // namespace saccade
