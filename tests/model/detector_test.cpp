// Detectors of both families: hooks, halves, odd architectures, gradients, wrong inputs.
#include "saccade/model/detector.h"

#include <ATen/ATen.h>
#include <c10/core/InferenceMode.h>
#include <gtest/gtest.h>
#include <torch/csrc/autograd/autograd.h>

#include <functional>
#include <set>

#include "tests/model/tiny_models.h"

namespace saccade {
namespace {

using at::Tensor;

// Sees everything, changes nothing.
class Watcher : public AttentionHook {
 public:
  void on_levels(const std::vector<LevelShape>& levels, const Tensor&) override {
    level_count = levels.size();
  }
  void on_deformable(DeformableAttentionCall& call) override {
    ++deformable;
    largest_sum_error(call.attention_weights.flatten(-2));
  }
  void on_dense(DenseAttentionCall& call) override {
    ++dense;
    largest_sum_error(call.weights);
    if (call.site != AttentionSite::kDecoderSelf) keys.push_back(call.weights);
  }
  bool wants_dense(AttentionSite, int) const override { return true; }

  std::size_t level_count = 0;
  int deformable = 0, dense = 0;
  double sum_error = 0;
  std::vector<Tensor> keys;  // weights over tokens

 private:
  void largest_sum_error(const Tensor& weights) {
    sum_error = std::max(sum_error, (weights.sum(-1) - 1).abs().max().item<double>());
  }
};

void expect_finite(const ModelOutput& out, const ModelConfig& config) {
  const auto queries = static_cast<std::int64_t>(config.num_queries);
  EXPECT_EQ(out.pred_logits.sizes(),
            (at::IntArrayRef{config.dec_layers, 2, queries, config.num_classes}));
  EXPECT_EQ(out.pred_boxes.sizes(), (at::IntArrayRef{config.dec_layers, 2, queries, 4}));
  EXPECT_TRUE(out.pred_logits.isfinite().all().item<bool>());
  EXPECT_TRUE(out.pred_boxes.ge(0).logical_and(out.pred_boxes.le(1)).all().item<bool>());
}

class EveryFamily : public testing::TestWithParam<ModelConfig> {};

TEST_P(EveryFamily, AHookThatChangesNothingLeavesEveryBit) {
  const auto detector = random_detector(GetParam());
  const Batch batch = random_batch(64, 96);
  Watcher watcher;
  const ModelOutput plain = detector->forward(batch.pixels, batch.mask);
  const ModelOutput watched = detector->forward(batch.pixels, batch.mask, &watcher);
  EXPECT_TRUE(plain.pred_logits.equal(watched.pred_logits));
  EXPECT_TRUE(plain.pred_boxes.equal(watched.pred_boxes));
  const bool plain_detr = GetParam().family == ModelFamily::kDetr;
  EXPECT_EQ(watcher.deformable, plain_detr ? 0 : 4);  // 2 encoder and 2 decoder layers
  EXPECT_EQ(watcher.dense, plain_detr ? 6 : 2);
  EXPECT_EQ(watcher.level_count, plain_detr ? 1u : 4u);
  EXPECT_LT(watcher.sum_error, 1e-5);
}

TEST_P(EveryFamily, ForwardIsEncodeThenDecode) {
  const auto detector = random_detector(GetParam());
  const Batch batch = random_batch(64, 96);
  const ModelOutput whole = detector->forward(batch.pixels, batch.mask);
  const Memory memory = detector->encode(batch.pixels, batch.mask);
  for (int i = 0; i < 2; ++i) {  // a memory serves more than once
    const ModelOutput half = detector->decode(memory);
    EXPECT_TRUE(whole.pred_logits.equal(half.pred_logits));
    EXPECT_TRUE(whole.pred_boxes.equal(half.pred_boxes));
  }
  EXPECT_EQ(token_count(memory.levels), memory.tokens.size(1));
  expect_finite(whole, GetParam());
}

TEST_P(EveryFamily, OneImageDoesNotDependOnItsNeighbour) {
  const auto detector = random_detector(GetParam());
  const Batch batch = random_batch(64, 96);
  const ModelOutput both = detector->forward(batch.pixels, batch.mask);
  for (int i = 0; i < 2; ++i) {
    const ModelOutput one =
        detector->forward(batch.pixels.narrow(0, i, 1), batch.mask.narrow(0, i, 1));
    EXPECT_TRUE(
        at::allclose(one.pred_logits.select(1, 0), both.pred_logits.select(1, i), 1e-4, 1e-4));
    EXPECT_TRUE(
        at::allclose(one.pred_boxes.select(1, 0), both.pred_boxes.select(1, i), 1e-4, 1e-4));
  }
}

// Dropout is on: without it the first self-attention of plain DETR, all of whose values are equal,
// would give its queries and keys no gradient.
TEST_P(EveryFamily, GradientsReachEveryTrainableParameterAndNoOther) {
  const auto detector = random_detector(GetParam());
  std::set<const Tensor*> trained;
  detector->visit([&](const std::string& name, Tensor& tensor, TensorKind kind) {
    if (is_trainable(detector->config(), name, kind)) trained.insert(&tensor);
  });
  for (const Tensor* tensor : trained) tensor->set_requires_grad(true);
  detector->set_training(true);
  const Batch batch = random_batch(64, 96);
  const ModelOutput out = detector->forward(batch.pixels, batch.mask);
  Tensor total = (out.pred_logits * at::randn_like(out.pred_logits)).sum() +
                 (out.pred_boxes * at::randn_like(out.pred_boxes)).sum();
  if (out.enc_logits.defined()) {
    total = total + out.enc_logits.square().sum() + out.enc_boxes_unact.sigmoid().square().sum();
  }
  total.backward();
  detector->visit([&](const std::string& name, Tensor& tensor, TensorKind) {
    const bool reached = tensor.grad().defined() && tensor.grad().ne(0).any().item<bool>();
    EXPECT_EQ(reached, trained.contains(&tensor)) << name;
    if (reached) {
      EXPECT_TRUE(tensor.grad().isfinite().all().item<bool>()) << name;
    }
  });
}

TEST_P(EveryFamily, DropoutActsInTrainingOnly) {
  const auto detector = random_detector(GetParam());
  const Batch batch = random_batch(64, 96);
  const auto logits = [&] { return detector->forward(batch.pixels, batch.mask).pred_logits; };
  const Tensor calm = logits();
  detector->set_training(true);
  EXPECT_FALSE(calm.equal(logits()));
  detector->set_training(false);
  EXPECT_TRUE(calm.equal(logits()));
}

TEST_P(EveryFamily, RunsInDoubleCloseToFloat) {
  const auto detector = random_detector(GetParam());
  const Batch batch = random_batch(64, 96);
  const Tensor in_float = detector->forward(batch.pixels, batch.mask).pred_boxes;
  detector->to(at::kDouble);
  const Tensor in_double = detector->forward(batch.pixels.to(at::kDouble), batch.mask).pred_boxes;
  ASSERT_EQ(in_double.scalar_type(), at::kDouble);
  EXPECT_TRUE(at::allclose(in_float.to(at::kDouble), in_double, 1e-3, 1e-3));
}

TEST_P(EveryFamily, WrongInputsAreErrorsOfOneLine) {
  const auto detector = random_detector(GetParam());
  const Batch batch = random_batch(64, 96);
  const Tensor bytes = batch.pixels.to(at::kByte);
  struct {
    Tensor pixels, mask;
    const char* says;
  } const cases[] = {
      {batch.pixels[0], batch.mask, "pixels are [3, 64, 96]"},
      {batch.pixels.narrow(1, 0, 1), batch.mask, "pixels are [2, 1, 64, 96]"},
      {batch.pixels.narrow(0, 0, 0), batch.mask.narrow(0, 0, 0), "pixels are [0, 3, 64, 96]"},
      {batch.pixels.narrow(2, 0, 0), batch.mask.narrow(1, 0, 0), "pixels are [2, 3, 0, 96]"},
      {batch.pixels, batch.mask[0], "the mask is [64, 96]"},
      {batch.pixels, batch.mask.narrow(0, 0, 1), "the mask is [1, 64, 96]"},
      {batch.pixels, batch.mask.narrow(2, 0, 95), "the mask is [2, 64, 95]"},
      {batch.pixels, batch.mask.to(at::kFloat), "the mask is of type Float"},
      {bytes, batch.mask, "pixels are of type Byte"},
      {batch.pixels.to(at::kDouble), batch.mask, "pixels are of type Double"},
      {batch.pixels, at::ones_like(batch.mask), "image 0 is padding alone"},
  };
  for (const auto& wrong : cases) {
    const std::string message = error_of([&] { detector->encode(wrong.pixels, wrong.mask); });
    EXPECT_NE(message.find(wrong.says), std::string::npos) << wrong.says << " / " << message;
    EXPECT_EQ(message.find('\n'), std::string::npos) << message;
  }
}

TEST_P(EveryFamily, AMemoryOfAnotherModelIsAnError) {
  const auto detector = random_detector(GetParam());
  const Batch batch = random_batch(64, 96);
  const Memory memory = detector->encode(batch.pixels, batch.mask);
  Memory narrow = memory;
  narrow.tokens = memory.tokens.narrow(2, 0, 32);
  Memory fewer = memory;
  fewer.tokens = memory.tokens.narrow(1, 1, memory.tokens.size(1) - 1);
  Memory unmasked = memory;
  unmasked.padding_mask = memory.padding_mask.narrow(1, 1, memory.padding_mask.size(1) - 1);
  Memory more_levels = memory;
  more_levels.levels.push_back({0, 0});
  for (const Memory& wrong : {narrow, fewer, unmasked, more_levels, Memory{}}) {
    const std::string message = error_of([&] { detector->decode(wrong); });
    EXPECT_EQ(message.rfind("the memory ", 0), 0u) << message;
    EXPECT_EQ(message.find('\n'), std::string::npos) << message;
  }
}

std::string family_name(const testing::TestParamInfo<ModelConfig>& info) {
  if (info.param.family == ModelFamily::kDetr) return "Detr";
  return info.param.two_stage ? "TwoStage" : info.param.with_box_refine ? "Refined" : "Deformable";
}

ModelConfig refined() {
  ModelConfig config = tiny_deformable();
  config.with_box_refine = true;
  return config;
}

INSTANTIATE_TEST_SUITE_P(Model, EveryFamily,
                         testing::Values(tiny_deformable(), refined(), tiny_two_stage(),
                                         tiny_detr()),
                         family_name);

TEST(Detr, GivesPaddedKeysNoAttention) {
  const auto detector = random_detector(tiny_detr());
  const Batch batch = random_batch(160, 192);
  Watcher watcher;
  const Memory memory = detector->encode(batch.pixels, batch.mask, &watcher);
  detector->decode(memory, &watcher);
  ASSERT_TRUE(memory.padding_mask.any().item<bool>());
  ASSERT_EQ(watcher.keys.size(), 4u);
  for (const Tensor& weights : watcher.keys) {
    const Tensor padded = memory.padding_mask.unsqueeze(1).unsqueeze(1).expand_as(weights);
    EXPECT_EQ(weights.masked_select(padded).abs().max().item<double>(), 0);
  }
}

TEST(TwoStage, AnImageWithFewerTokensThanQueriesIsAnError) {
  ModelConfig config = tiny_two_stage();
  config.num_queries = 400;
  const auto detector = random_detector(config);
  const Batch batch = random_batch(64, 96);
  const std::string message = error_of([&] { detector->forward(batch.pixels, batch.mask); });
  EXPECT_NE(message.find("too small"), std::string::npos) << message;
}

TEST(TwoStage, InInferenceBoxesOfProposalsAreThoseOfQueriesUnlessAllAreWanted) {
  const auto detector = random_detector(tiny_two_stage());
  const Batch batch = random_batch(64, 96);
  const ModelOutput trained = detector->forward(batch.pixels, batch.mask);
  ASSERT_TRUE(trained.enc_boxes_unact.defined());
  const c10::InferenceMode no_gradients;
  const ModelOutput chosen = detector->forward(batch.pixels, batch.mask);
  EXPECT_FALSE(chosen.enc_boxes_unact.defined());
  detector->set_all_proposals(true);
  const ModelOutput all = detector->forward(batch.pixels, batch.mask);
  ASSERT_TRUE(all.enc_boxes_unact.defined());
  EXPECT_EQ(all.enc_boxes_unact.size(1), all.enc_logits.size(1));
  // What is asked for beside them changes no bit of the queries.
  EXPECT_TRUE(all.pred_boxes.equal(chosen.pred_boxes));
  EXPECT_TRUE(all.init_reference.equal(chosen.init_reference));
  EXPECT_TRUE(chosen.topk_proposals.equal(trained.topk_proposals));
  EXPECT_TRUE(at::allclose(chosen.init_reference, trained.init_reference, 1e-5, 1e-6));
  EXPECT_TRUE(at::allclose(chosen.pred_boxes, trained.pred_boxes, 1e-4, 1e-5));
}

struct OddConfig {
  const char* name;
  std::function<void(ModelConfig&)> change;
};

class OddArchitecture : public testing::TestWithParam<OddConfig> {};

TEST_P(OddArchitecture, RunsNamesEveryTensorOnceAndTrains) {
  ModelConfig config = tiny_deformable();
  GetParam().change(config);
  const auto detector = random_detector(config);
  const Batch batch = random_batch(64, 96);
  expect_finite(detector->forward(batch.pixels, batch.mask), config);
  std::set<std::string> names;
  detector->visit([&](const std::string& name, Tensor& tensor, TensorKind kind) {
    EXPECT_TRUE(names.insert(name).second) << name;
    if (is_trainable(config, name, kind)) tensor.set_requires_grad(true);
  });
  detector->set_training(true);
  const ModelOutput out = detector->forward(batch.pixels, batch.mask);
  (out.pred_logits.square().sum() + out.pred_boxes.sum()).backward();
  detector->visit([&](const std::string& name, Tensor& tensor, TensorKind kind) {
    // Only the encoder adds positions and with them the level's embedding.
    if (config.enc_layers == 0 && name == "transformer.level_embed") return;
    EXPECT_EQ(tensor.grad().defined(), is_trainable(config, name, kind)) << name;
  });
}

void make_plain(ModelConfig& c) {
  c.family = ModelFamily::kDetr;
  c.num_feature_levels = 1;
}

INSTANTIATE_TEST_SUITE_P(
    Model, OddArchitecture,
    testing::Values(
        OddConfig{"OneLevel", [](ModelConfig& c) { c.num_feature_levels = 1; }},
        OddConfig{"ThreeLevels", [](ModelConfig& c) { c.num_feature_levels = 3; }},
        OddConfig{"FiveLevels", [](ModelConfig& c) { c.num_feature_levels = 5; }},
        OddConfig{"TwoAndThreePoints",
                  [](ModelConfig& c) { c.enc_n_points = 2, c.dec_n_points = 3; }},
        OddConfig{"FourHeads", [](ModelConfig& c) { c.nheads = 4; }},
        OddConfig{"ResNet34", [](ModelConfig& c) { c.backbone = "resnet34"; }},
        OddConfig{"ResNet50Dc5",
                  [](ModelConfig& c) { c.backbone = "resnet50", c.dilation = true; }},
        OddConfig{"GroupNorm", [](ModelConfig& c) { c.norm = BackboneNorm::kGroup; }},
        OddConfig{"BatchNorm", [](ModelConfig& c) { c.norm = BackboneNorm::kBatch; }},
        OddConfig{"LearnedPositions", [](ModelConfig& c) { c.position_embedding = "learned"; }},
        OddConfig{"NoEncoder", [](ModelConfig& c) { c.enc_layers = 0; }},
        OddConfig{"DetrNoEncoder", [](ModelConfig& c) { make_plain(c), c.enc_layers = 0; }},
        OddConfig{"DetrPreNorm", [](ModelConfig& c) { make_plain(c), c.pre_norm = true; }},
        OddConfig{"DetrLearnedPositions",
                  [](ModelConfig& c) { make_plain(c), c.position_embedding = "learned"; }}),
    [](const auto& info) { return std::string(info.param.name); });

TEST(LearnedPositions, RefuseAMapOfMoreThanFiftyCells) {
  ModelConfig config = tiny_detr();
  config.position_embedding = "learned";
  const auto detector = random_detector(config);
  const auto encode = [&](std::int64_t width) {
    return error_of([&] {
      detector->encode(at::zeros({1, 3, 32, width}), at::zeros({1, 32, width}, at::kBool));
    });
  };
  EXPECT_EQ(encode(50 * 32), "");
  EXPECT_NE(encode(51 * 32).find("make the image smaller"), std::string::npos);
}

}  // namespace
}  // namespace saccade
