// What is switched off in a forward pass, against models whose weights were changed to do the same.
#include "saccade/explain/intervener.h"

#include <c10/core/InferenceMode.h>
#include <gtest/gtest.h>

#include "saccade/explain/unit_masks.h"
#include "tests/explain/intervened_run.h"

namespace saccade {
namespace {

using at::Tensor;

// explain.md 5.5 (a)
TEST(Intervener, WithoutInterventionsGivesTheBaselineBits) {
  for (const ModelConfig& config : families()) {
    const auto detector = random_detector(config, kSeed);
    const FramedImage image = plain_image();
    const c10::InferenceMode no_gradients;
    expect_equal(run(*detector, {}, image).output, detector->forward(image.pixels, image.mask));
  }
}

// explain.md 5.5 (d): what is left of attention without heads is the output projection's bias.
TEST(Intervener, AllHeadsOffLeaveTheBiasOfTheOutputProjection) {
  struct Site {
    AttentionModule module;
    std::string deformable, plain;  // names of the output projection in layer 1
  };
  for (const Site& site :
       {Site{AttentionModule::kDecoderCross, "decoder.layers.1.cross_attn.output_proj.weight",
             "decoder.layers.1.multihead_attn.out_proj.weight"},
        Site{AttentionModule::kDecoderSelf, "decoder.layers.1.self_attn.out_proj.weight",
             "decoder.layers.1.self_attn.out_proj.weight"},
        Site{AttentionModule::kEncoderSelf, "encoder.layers.1.self_attn.output_proj.weight",
             "encoder.layers.1.self_attn.out_proj.weight"}}) {
    for (const ModelConfig& config : families()) {
      const bool plain = config.family == ModelFamily::kDetr;
      const auto without = edited(config, [&](const std::string& name, Tensor& tensor) {
        if (holds(name, plain ? site.plain : site.deformable)) tensor.zero_();
      });
      const Changes off{of(HeadsOff{.unit = {.module = site.module, .layers = only({1})}})};
      expect_equal(run(*random_detector(config, kSeed), off, plain_image()).output,
                   run(*without, {}, plain_image()).output);
    }
  }
}

TEST(Intervener, OneHeadOffIsTheModelWithoutItsColumnsOfTheProjection) {
  const auto without = edited(tiny_deformable(), [](const std::string& name, Tensor& tensor) {
    if (holds(name, "decoder.layers.2.cross_attn.output_proj.weight"))
      tensor.narrow(1, 16, 16).zero_();
  });
  const Changes off{of(HeadsOff{.unit = {.layers = only({2}), .heads = only({1})}})};
  const auto detector = random_detector(tiny_deformable(), kSeed);
  expect_near(run(*detector, off, plain_image()).output, run(*without, {}, plain_image()).output);
}

// explain.md 5.5 (d): a branch off leaves nothing, not even the bias.
TEST(Intervener, ABranchOffAddsNothing) {
  struct Part {
    Branch branch;
    std::string deformable, plain;
  };
  for (const Part& part :
       {Part{Branch::kDecoderCross, "decoder.layers.1.cross_attn.output_proj.",
             "decoder.layers.1.multihead_attn.out_proj."},
        Part{Branch::kDecoderSelf, "decoder.layers.1.self_attn.out_proj.",
             "decoder.layers.1.self_attn.out_proj."},
        Part{Branch::kDecoderFfn, "decoder.layers.1.linear2.", "decoder.layers.1.linear2."},
        Part{Branch::kEncoderFfn, "encoder.layers.1.linear2.", "encoder.layers.1.linear2."},
        Part{Branch::kEncoderSelf, "encoder.layers.1.self_attn.output_proj.",
             "encoder.layers.1.self_attn.out_proj."}}) {
    for (const ModelConfig& config : families()) {
      const bool plain = config.family == ModelFamily::kDetr;
      const auto without = edited(config, [&](const std::string& name, Tensor& tensor) {
        if (holds(name, plain ? part.plain : part.deformable)) tensor.zero_();
      });
      const Changes off{of(BranchOff{.branch = part.branch, .layers = only({1})})};
      expect_equal(run(*random_detector(config, kSeed), off, plain_image()).output,
                   run(*without, {}, plain_image()).output);
    }
  }
}

TEST(Intervener, TheMeanOfAHeadIsThatOfItsQueries) {
  const auto detector = random_detector(tiny_deformable(), kSeed);
  TraceRecorder before({.keep_value = true}), after({.keep_value = true});
  const FramedImage image = plain_image();
  const Changes off{of(
      HeadsOff{.unit = {.layers = only({0}), .heads = only({3})}, .fill = HeadsOff::Fill::kMean})};
  const c10::InferenceMode no_gradients;
  detector->forward(image.pixels, image.mask, &before);
  Intervener intervener(off, &after);
  detector->forward(image.pixels, image.mask, &intervener);
  const Tensor was = before.trace().decoder[0].output.view({7, 4, 16});
  const Tensor is = after.trace().decoder[0].output.view({7, 4, 16});
  EXPECT_TRUE(at::equal(is.narrow(1, 0, 3), was.narrow(1, 0, 3)));
  EXPECT_LE(difference(is.select(1, 3), was.select(1, 3).mean(0, true).expand({7, 16})), 1e-6);
}

TEST(Intervener, QueriesOffAsKeysAreAModelWithoutThem) {
  for (const ModelConfig& config : {tiny_deformable(), tiny_detr()}) {
    const auto detector = random_detector(config, kSeed);
    ModelConfig fewer_config = config;
    fewer_config.num_queries = 6;
    const auto fewer = make_detector(fewer_config);
    NamedTensors tensors = state_dict(*detector);
    for (auto& [name, tensor] : tensors) {
      if (name == "query_embed.weight") tensor = tensor.narrow(0, 0, 6).clone();
    }
    load_state_dict(*fewer, tensors, "test");
    const Changes off{of(QueriesOff{.queries = only({6})})};
    const ModelOutput got = run(*detector, off, plain_image()).output;
    const ModelOutput wanted = run(*fewer, {}, plain_image()).output;
    EXPECT_LE(difference(got.pred_logits.narrow(2, 0, 6), wanted.pred_logits), 1e-5);
    EXPECT_LE(difference(got.pred_boxes.narrow(2, 0, 6), wanted.pred_boxes), 1e-5);
    const Tensor silent = got.pred_logits.select(2, 6);
    const bool plain = config.family == ModelFamily::kDetr;
    const Tensor scores =
        plain ? at::softmax(silent, -1).narrow(-1, 0, silent.size(-1) - 1) : silent.sigmoid();
    EXPECT_EQ(scores.max().item<double>(), 0);
  }
}

TEST(Intervener, LeavingEarlyIsTheAnswerOfThatLayer) {
  for (const ModelConfig& config : families()) {
    const auto detector = random_detector(config, kSeed);
    const ModelOutput was = run(*detector, {}, plain_image()).output;
    const ModelOutput is = run(*detector, {of(EarlyExit{.layer = 1})}, plain_image()).output;
    EXPECT_TRUE(at::equal(is.pred_boxes[2], was.pred_boxes[1]));
    EXPECT_TRUE(at::equal(is.pred_logits[2], was.pred_logits[1]));
    EXPECT_TRUE(at::equal(is.pred_logits[0], was.pred_logits[0]));
  }
}

// A mean over the tokens of an encoder leaves padding out: the picture alone gives the same.
TEST(Intervener, MeansOfAnEncoderLeavePaddingOut) {
  const Tensor ratios = at::tensor({0.75, 0.5}, at::kFloat).view({1, 1, 2});
  const Tensor real = real_tokens({{4, 8}}, ratios).view({4, 8});
  EXPECT_EQ(real.sum().item<std::int64_t>(), 2 * 6);
  EXPECT_EQ(real.narrow(0, 0, 2).narrow(1, 0, 6).sum().item<std::int64_t>(), 12);
}

}  // namespace
}  // namespace saccade
