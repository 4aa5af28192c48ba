// Which architectures are refused, and what a weights file tells about its own.
#include "saccade/model/model_config.h"

#include <ATen/ATen.h>
#include <gtest/gtest.h>

#include <cmath>
#include <functional>

#include "saccade/image/input_size.h"
#include "saccade/model/config_from_weights.h"
#include "saccade/model/load_model.h"
#include "tests/model/tiny_models.h"

namespace saccade {
namespace {

TEST(ModelConfig, TheDefaultsAreSound) {
  EXPECT_NO_THROW(ModelConfig{}.check());
  EXPECT_NO_THROW(tiny_deformable().check());
  EXPECT_NO_THROW(tiny_two_stage().check());
  EXPECT_NO_THROW(tiny_detr().check());
}

TEST(ModelConfig, RefusalsNameTheField) {
  struct {
    const char* field;
    std::function<void(ModelConfig&)> spoil;
  } const cases[] = {
      {"backbone", [](ModelConfig& c) { c.backbone = "resnet51"; }},
      {"dilation", [](ModelConfig& c) { c.backbone = "resnet18", c.dilation = true; }},
      {"position_embedding", [](ModelConfig& c) { c.position_embedding = "cosine"; }},
      {"num_classes", [](ModelConfig& c) { c.num_classes = 0; }},
      {"num_queries", [](ModelConfig& c) { c.num_queries = -1; }},
      {"hidden_dim", [](ModelConfig& c) { c.hidden_dim = 0; }},
      {"nheads", [](ModelConfig& c) { c.nheads = 0; }},
      {"hidden_dim", [](ModelConfig& c) { c.nheads = 7; }},
      {"hidden_dim", [](ModelConfig& c) { c.hidden_dim = 72; }},
      {"num_feature_levels", [](ModelConfig& c) { c.num_feature_levels = 0; }},
      {"num_feature_levels", [](ModelConfig& c) { c.num_feature_levels = 2; }},
      {"enc_layers", [](ModelConfig& c) { c.enc_layers = -1; }},
      {"dec_layers", [](ModelConfig& c) { c.dec_layers = 0; }},
      {"enc_n_points", [](ModelConfig& c) { c.enc_n_points = 0; }},
      {"dec_n_points", [](ModelConfig& c) { c.dec_n_points = 2000; }},
      {"dim_feedforward", [](ModelConfig& c) { c.dim_feedforward = 0; }},
      {"dropout", [](ModelConfig& c) { c.dropout = 1; }},
      {"dropout", [](ModelConfig& c) { c.dropout = std::nan(""); }},
      {"two_stage", [](ModelConfig& c) { c.two_stage = true; }},
      {"two_stage",
       [](ModelConfig& c) { c.two_stage = c.with_box_refine = true, c.hidden_dim = 128; }},
      {"pre_norm", [](ModelConfig& c) { c.pre_norm = true; }},
      {"plain DETR", [](ModelConfig& c) { c.family = ModelFamily::kDetr; }},
  };
  for (const auto& wrong : cases) {
    ModelConfig config;
    wrong.spoil(config);
    const std::string message = error_of([&] { config.check(); });
    EXPECT_NE(message.find(wrong.field), std::string::npos) << wrong.field << " / " << message;
    EXPECT_EQ(message.find('\n'), std::string::npos) << message;
  }
}

WeightsFile file_of(const ModelConfig& config) {
  WeightsFile file;
  file.path = "w.pth";
  file.tensors = to_raw(state_dict(*make_detector(config)));
  file.args = args_of(config);
  return file;
}

TEST(ConfigFromWeights, OddArchitecturesComeBackFromTheirWeights) {
  std::vector<ModelConfig> configs(8, tiny_deformable());
  configs[0].num_feature_levels = 5;
  configs[1].num_feature_levels = 1;
  configs[1].nheads = 4;
  configs[2].enc_n_points = 2;
  configs[2].dec_n_points = 3;
  configs[3].norm = BackboneNorm::kGroup;
  configs[3].backbone = "resnet34";
  configs[4].norm = BackboneNorm::kBatch;
  configs[4].position_embedding = "learned";
  configs[5] = tiny_two_stage();
  configs[6] = tiny_detr();
  configs[6].pre_norm = true;
  configs[7].backbone = "resnet101";
  configs[7].with_box_refine = true;
  configs[7].dilation = true;
  for (const ModelConfig& want : configs) {
    const ModelConfig got = config_from_weights(file_of(want));
    EXPECT_EQ(args_to_json(args_of(got)), args_to_json(args_of(want)));
    EXPECT_EQ(got.family, want.family);
    EXPECT_EQ(got.num_classes, want.num_classes);
  }
}

TEST(ConfigFromWeights, OtherFilesAreRefusedInOneLine) {
  WeightsFile file = file_of(tiny_detr());
  const auto without = [&](const std::string& name) {
    WeightsFile less = file;
    std::erase_if(less.tensors, [&](const auto& t) { return t.first == name; });
    return error_of([&] { config_from_weights(less); });
  };
  const std::string layer = "transformer.decoder.layers.0.linear1.weight";
  EXPECT_EQ(without(layer), "w.pth: holds no DETR or Deformable DETR: " + layer + " is missing");
  EXPECT_NE(without("class_embed.weight").find("class_embed.weight is missing"), std::string::npos);
  EXPECT_NE(without("backbone.0.body.layer3.1.conv1.weight").find("its backbone is no ResNet"),
            std::string::npos);
  file = file_of(tiny_deformable());
  file.args["nheads"] = std::int64_t{7};
  EXPECT_NE(without("").find("no multiple of 7 heads x 4 levels"), std::string::npos);
}

TEST(ConfigFromWeights, HeadsThatCannotBeAreErrors) {
  WeightsFile file = file_of(tiny_deformable());
  for (const std::int64_t heads : {std::int64_t{0}, std::int64_t{-8}, std::int64_t{1} << 40}) {
    file.args["nheads"] = heads;
    EXPECT_NE(error_of([&] { config_from_weights(file); }).find("nheads"), std::string::npos)
        << heads;
  }
}

TEST(Size, IsTwoNumbersShortFirstAndAMultiple) {
  EXPECT_EQ(parse_size("800,1333"), (InputSize{800, 1333}));
  EXPECT_EQ(parse_size("288,1333,32"), (InputSize{288, 1333, 32}));
  for (const char* wrong : {"", "800", "800,", ",1333", "800,1333,", "800x1333", "0,5", "900,800",
                            "800,1333,0", "8,9,10", "800,1333,1025", "800,1333,32,1", "800,1333,x"})
    EXPECT_THROW(parse_size(wrong), UsageError) << wrong;
  EXPECT_EQ(parse_size("320,1333", 32), (InputSize{320, 1333, 32}));
  EXPECT_EQ(parse_size("320,1333,1", 32), (InputSize{320, 1333, 1}));
  for (const char* size : {"800,1333", "288,1333,32"}) EXPECT_EQ(size_text(parse_size(size)), size);
}

TEST(Size, ARangeGoesUp) {
  EXPECT_EQ(parse_side_range("244,324"), std::pair(244, 324));
  EXPECT_EQ(parse_side_range("64,64"), std::pair(64, 64));
  for (const char* wrong : {"", "5", "5,4", "1,2,3", "0,5", "-1,5", "a,b"})
    EXPECT_THROW(parse_side_range(wrong), UsageError) << wrong;
}

}  // namespace
}  // namespace saccade
