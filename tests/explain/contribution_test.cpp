// What sampling points contribute adds up to what the attention gave, and along a gradient to what it was worth.
#include "saccade/explain/contribution.h"

#include <ATen/core/grad_mode.h>
#include <gtest/gtest.h>

#include "saccade/core/error.h"
#include "tests/explain/tiny_detector.h"

namespace saccade {
namespace {

using at::Tensor;

const std::vector<std::int64_t> kQueries = {4, 1}, kTokens = {0, 57, 200};

// Keeps what the operator returned, and multiplies it by a factor for one query of one layer.
class ScaledOutput : public AttentionHook {
 public:
  ScaledOutput(AttentionSite site, int layer, std::int64_t query, double factor,
               AttentionHook* next = nullptr)
      : site_(site), layer_(layer), query_(query), factor_(factor), next_(next) {}
  void on_levels(const std::vector<LevelShape>& levels, const Tensor& ratios) override {
    if (next_ != nullptr) next_->on_levels(levels, ratios);
  }
  void on_deformable(DeformableAttentionCall& call) override {
    if (next_ != nullptr) next_->on_deformable(call);
  }
  void on_deformable_output(const DeformableAttentionCall& call, Tensor& output) override {
    if (call.site == site_ && call.layer == layer_) {
      seen = output[0].clone();
      output = output.clone();
      output[0][query_] *= factor_;
    }
    if (next_ != nullptr) next_->on_deformable_output(call, output);
  }
  Tensor seen;  // [Q, M * D]

 private:
  const AttentionSite site_;
  const int layer_;
  const std::int64_t query_;
  const double factor_;
  AttentionHook* const next_;
};

struct Case {
  ModelConfig config;
  AttentionSite site;
  int layer;
};

// Points and boxes as references, two stages; both sites.
std::vector<Case> cases() {
  const auto decoder = AttentionSite::kDecoderCross, encoder = AttentionSite::kEncoderSelf;
  return {{tiny_deformable(), decoder, 0},
          {tiny_refining(), decoder, 2},
          {tiny_two_stage(), decoder, 1},
          {tiny_deformable(), encoder, 0},
          {tiny_two_stage(), encoder, 1}};
}

// In float64, where 1e-5 leaves no room for what rounding hides.
class Contributions : public testing::TestWithParam<int> {
 protected:
  Contributions() : given(cases()[static_cast<std::size_t>(GetParam())]) {
    detector = random_detector(given.config, 31);
    detector->to(at::kDouble);
    image = framed(random_image(96, 128), 120, 160);
    image.pixels = image.pixels.to(at::kDouble);
  }
  const std::vector<std::int64_t>& chosen() const {
    return given.site == AttentionSite::kEncoderSelf ? kTokens : kQueries;
  }
  ModelOutput forward(AttentionHook& hook) const {
    Memory memory = detector->encode(image.pixels, image.mask, &hook);
    memory.joins_references = true;
    return detector->decode(memory, &hook);
  }
  // The target whose gradient is taken: a box side and a logit, so that both heads take part.
  static Tensor target(const ModelOutput& output) {
    const Tensor box = output.pred_boxes[-1][0][4];
    return output.pred_logits[-1][0][4][2] + 10 * (box[0] - box[2] / 2);
  }

  const Case given;
  std::unique_ptr<Detector> detector;
  FramedImage image;
};

TEST_P(Contributions, OfAllPointsAddUpToTheOutputWithoutItsBias) {
  const at::AutoGradMode no_graph(false);
  PointSampler sampler(given.site, chosen(), {given.layer});
  ScaledOutput watch(given.site, given.layer, 0, 1, &sampler);
  forward(watch);
  ASSERT_EQ(sampler.layers().size(), 1u);
  const SampledPoints& points = sampler.layers()[0];
  EXPECT_EQ(points.layer, given.layer);
  EXPECT_TRUE(
      ((points.sampling_locations < 0) | (points.sampling_locations > 1)).any().item<bool>());
  const Tensor projection = output_projection(*detector, given.site, given.layer);
  const Tensor vectors = contribution_vectors(points, projection);
  const Tensor output = watch.seen.index_select(0, at::tensor(chosen(), at::kLong));
  const Tensor expected = at::matmul(output, projection.t());  // [Q, C]
  EXPECT_GT(expected.abs().max().item<double>(), 0.1);
  EXPECT_LT((vectors.sum({1, 2, 3}) - expected).abs().max().item<double>(), 1e-5);
  const Tensor lengths = vectors.square().sum(-1).sqrt();
  EXPECT_LT((contribution_norms(points, projection) - lengths).abs().max().item<double>(), 1e-9);
}

// (output - bias) . g is what the target loses per share of the attention that is taken away: by differences.
TEST_P(Contributions, AlongTheGradientAddUpToWhatTheTargetLosesWithoutThem) {
  PointSampler sampler(given.site, chosen(), {given.layer}, /*probes=*/true);
  {
    const at::AutoGradMode with_graph(true);
    target(forward(sampler)).backward();
  }
  const at::AutoGradMode no_graph(false);
  const Tensor directed =
      directed_contributions(sampler.layers()[0], sampler.gradient(0)).sum({1, 2, 3});
  double largest = 0;
  for (std::size_t i = 0; i < chosen().size(); ++i) {
    const auto with = [&](double factor) {
      ScaledOutput hook(given.site, given.layer, chosen()[i], factor);
      return target(forward(hook)).item<double>();
    };
    const double slope = (with(1 + 1e-5) - with(1 - 1e-5)) / 2e-5;
    EXPECT_NEAR(directed[static_cast<std::int64_t>(i)].item<double>(), slope,
                1e-8 + 1e-5 * std::abs(slope));
    largest = std::max(largest, std::abs(slope));
  }
  EXPECT_GT(largest, 1e-5);  // the target does depend on them
}

INSTANTIATE_TEST_SUITE_P(SitesAndReferences, Contributions, testing::Range(0, 5));

TEST(PointSampler, ReadsTheChosenLayersAlone) {
  const auto detector = random_detector(tiny_deformable(), 32);
  const FramedImage image = framed(random_image(64, 96), 64, 96);
  const at::AutoGradMode no_graph(false);
  PointSampler all(AttentionSite::kDecoderCross, {3}), one(AttentionSite::kDecoderCross, {3}, {1});
  detector->forward(image.pixels, image.mask, &all);
  detector->forward(image.pixels, image.mask, &one);
  ASSERT_EQ(all.layers().size(), 3u);
  ASSERT_EQ(one.layers().size(), 1u);
  EXPECT_EQ(one.layers()[0].layer, 1);
  EXPECT_TRUE(one.layers()[0].sampled.equal(all.layers()[1].sampled));
}

TEST(PointSampler, RefusesABatchOfTwo) {
  const auto detector = random_detector(tiny_deformable(), 33);
  PointSampler sampler(AttentionSite::kDecoderCross, {0});
  EXPECT_THROW(detector->forward(at::zeros({2, 3, 64, 64}),
                                 at::zeros({2, 64, 64}, at::TensorOptions(at::kBool)), &sampler),
               Error);
}

TEST(OutputProjection, OfALayerThatIsNotThereIsRefused) {
  const auto deformable = random_detector(tiny_deformable(), 34);
  EXPECT_EQ(output_projection(*deformable, AttentionSite::kEncoderSelf, 1).sizes(),
            at::IntArrayRef({64, 64}));
  EXPECT_THROW(output_projection(*deformable, AttentionSite::kDecoderCross, 3), Error);
  EXPECT_THROW(
      output_projection(*random_detector(tiny_detr(), 34), AttentionSite::kDecoderCross, 0), Error);
}

}  // namespace
}  // namespace saccade
