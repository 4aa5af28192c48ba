// A memory that is sampled before it is projected: the numbers of the usual order, for whoever looks on as well.
#include <ATen/ATen.h>
#include <c10/core/InferenceMode.h>
#include <gtest/gtest.h>

#include "saccade/model/deformable_attention.h"
#include "saccade/model/inference.h"
#include "tests/model/tiny_models.h"

namespace saccade {
namespace {

using at::Tensor;

constexpr std::int64_t kChannels = 64, kTokens = 24 * 32 + 12 * 16, kQueries = 3;

class SampleFirst : public testing::Test {
 protected:
  SampleFirst() : attention_(kChannels, /*heads=*/4, /*levels=*/2, /*points=*/3) {
    at::manual_seed(5);
    attention_.visit(
        "", [](const std::string&, Tensor& tensor, TensorKind) { tensor.normal_(0, 0.3); });
    shapes_[0][0] = 24, shapes_[0][1] = 32, shapes_[1][0] = 12, shapes_[1][1] = 16;
    padding_ = at::zeros({2, kTokens}, at::kBool);
    padding_[1].narrow(0, 0, 40).fill_(true);
  }

  // References of 2 or 4 numbers, some of which send points out of the image.
  DeformableAttention::Input input(std::int64_t batch, std::int64_t reference) const {
    at::manual_seed(9);
    return {.query = at::randn({batch, kQueries, kChannels}),
            .reference_points = at::rand({batch, kQueries, 2, reference}) * 1.2 - 0.1,
            .memory = memory_,
            .spatial_shapes = shapes_,
            .level_sizes = shapes_.flip(1).contiguous(),
            .padding_mask = padding_,
            .site = AttentionSite::kDecoderCross,
            .layer = 0};
  }
  DeformableAttention::Input sampled_first(DeformableAttention::Input input) const {
    input.unprojected = attention_.sample_first(input.memory, input.padding_mask, kQueries);
    EXPECT_TRUE(input.unprojected.defined());
    return input;
  }

  DeformableAttention attention_;
  const Tensor shapes_ = at::empty({2, 2}, at::kLong);
  Tensor memory_ = at::randn({2, kTokens, kChannels}), padding_;
};

class Looks : public AttentionHook {
 public:
  void on_deformable(DeformableAttentionCall& call) override {
    seen = call.value;
    if (hides) call.value = call.value * 0.5;
  }
  bool hides = false;
  Tensor seen;
};

TEST_F(SampleFirst, GivesWhatProjectingFirstGives) {
  const c10::InferenceMode no_gradients;
  for (const std::int64_t reference : {2, 4}) {
    const auto usual = input(2, reference);
    const Tensor expected = attention_(usual, nullptr);
    EXPECT_TRUE(at::allclose(attention_(sampled_first(usual), nullptr), expected, 1e-4, 1e-4));
  }
}

TEST_F(SampleFirst, SeveralBatchesOfQueriesShareAMemoryOfOne) {
  const c10::InferenceMode no_gradients;
  memory_ = memory_.narrow(0, 1, 1), padding_ = padding_.narrow(0, 1, 1);
  const auto usual = input(5, 4);
  const Tensor expected = attention_(usual, nullptr);
  EXPECT_TRUE(at::allclose(attention_(sampled_first(usual), nullptr), expected, 1e-4, 1e-4));
}

TEST_F(SampleFirst, AnImageDoesNotDependOnItsBatch) {
  const c10::InferenceMode no_gradients;
  const auto both = sampled_first(input(2, 4));
  const Tensor expected = attention_(both, nullptr);
  auto one = input(2, 4);
  const auto second = [](Tensor& x) { x = x.narrow(0, 1, 1); };
  second(one.query), second(one.reference_points), second(one.memory), second(one.padding_mask);
  EXPECT_TRUE(at::allclose(attention_(sampled_first(one), nullptr)[0], expected[1], 1e-6, 1e-6));
}

TEST_F(SampleFirst, AHookSeesTheValueAndWhatItMakesOfItCounts) {
  const c10::InferenceMode no_gradients;
  const auto usual = input(2, 4), first = sampled_first(usual);
  Looks looks;
  const Tensor unseen = attention_(first, nullptr);
  EXPECT_TRUE(at::equal(attention_(first, &looks), unseen));
  EXPECT_TRUE(at::equal(looks.seen, attention_.value_of(memory_, padding_)));
  looks.hides = true;
  EXPECT_TRUE(at::equal(attention_(first, &looks), attention_(usual, &looks)));
  EXPECT_FALSE(at::allclose(attention_(first, &looks), unseen, 1e-3, 1e-3));
}

TEST_F(SampleFirst, IsForFewQueriesInInferenceAlone) {
  EXPECT_FALSE(attention_.sample_first(memory_, padding_, kQueries).defined());
  const c10::InferenceMode no_gradients;
  EXPECT_TRUE(attention_.sample_first(memory_, padding_, kQueries).defined());
  EXPECT_FALSE(attention_.sample_first(memory_, padding_, kTokens).defined());
}

// The demo model's proportions: a hundred queries, thousands of tokens.
TEST(SampleFirstDetector, DecodesAsWithValuesThatAreKept) {
  ModelConfig config = tiny_deformable();
  config.num_queries = 4;
  const LoadedModel model{.detector = std::shared_ptr<Detector>(random_detector(config))};
  const Batch batch = random_batch(320, 320);
  const InferenceScope scope(model);
  Memory memory = model.detector->encode(batch.pixels, batch.mask);
  ASSERT_TRUE(memory.padding_mask.any().item<bool>());
  const ModelOutput sampled = model.detector->decode(memory);
  model.detector->keep_values(memory);
  const ModelOutput projected = model.detector->decode(memory);
  EXPECT_FALSE(at::equal(sampled.hidden, projected.hidden)) << "both went the same way";
  EXPECT_TRUE(at::allclose(sampled.hidden, projected.hidden, 1e-4, 1e-4));
  EXPECT_TRUE(at::allclose(sampled.pred_boxes, projected.pred_boxes, 1e-4, 1e-5));
}

}  // namespace
}  // namespace saccade
