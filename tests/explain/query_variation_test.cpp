// What is a query's own, and what the template of all: examples by hand, and what replacing by the template leaves of it.
#include "saccade/explain/query_variation.h"

#include <c10/core/InferenceMode.h>
#include <gtest/gtest.h>

#include "saccade/explain/intervener.h"
#include "tests/explain/tiny_detector.h"

namespace saccade {
namespace {

at::Tensor all_queries(std::int64_t count) { return at::ones({1, count}, at::kBool); }

// Two queries of one head that weigh two points of one level.
DeformableAttentionCall two_queries(double a, double b, double c, double d) {
  return {.site = AttentionSite::kDecoderCross,
          .layer = 0,
          .reference_points = at::tensor({0.5, 0.5, 0.25, 0.5}, at::kDouble).view({1, 2, 1, 2}),
          .sampling_locations = at::full({1, 2, 1, 1, 2, 2}, 0.5, at::kDouble),
          .attention_weights = at::tensor({a, b, c, d}, at::kDouble).view({1, 2, 1, 1, 2}),
          .level_sizes = at::tensor({8, 4}, at::kLong).view({1, 2})};
}

double own_weights(const DeformableAttentionCall& call) {
  return query_specific_of(variation_of(call, all_queries(2))).weights;
}

TEST(QueryVariation, NoPartIsAQuerysOwnWhereAllWeighAlike) {
  EXPECT_DOUBLE_EQ(own_weights(two_queries(0.9, 0.1, 0.9, 0.1)), 0);
  EXPECT_DOUBLE_EQ(own_weights(two_queries(0.5, 0.5, 0.5, 0.5)), 0);
}

TEST(QueryVariation, AllIsTheQueriesOwnWhereTheirMeanIsUniform) {
  EXPECT_DOUBLE_EQ(own_weights(two_queries(1, 0, 0, 1)), 1);
}

// Variation around 0.5: 0.5 in all; the mean (0.75, 0.25) explains 2 * 2 * 0.25^2 = 0.25 of it.
TEST(QueryVariation, WeightsOfTheWorkedExample) {
  EXPECT_DOUBLE_EQ(own_weights(two_queries(1, 0, 0.5, 0.5)), 0.5);
}

// Samples at x = 0.5: offsets of 0 cells and of 2 cells of 8, mean 1: squares of two points 8, explained 4.
TEST(QueryVariation, OffsetsAreCountedInCells) {
  const DeformableAttentionCall call = two_queries(1, 0, 1, 0);
  EXPECT_DOUBLE_EQ(template_offsets(call)[0][1][0][0][0][0].item<double>(), 2);
  EXPECT_DOUBLE_EQ(query_specific_of(variation_of(call, all_queries(2))).offsets, 0.5);
}

// The same offset in boxes is no variation, however large the boxes; a box without width has none.
TEST(QueryVariation, OffsetsAreCountedInBoxesWhereBoxesAreRefined) {
  DeformableAttentionCall call = two_queries(1, 0, 1, 0);
  call.reference_points =
      at::tensor({0.4, 0.5, 0.1, 0.2, 0.1, 0.5, 0.4, 0.2}, at::kDouble).view({1, 2, 1, 4});
  EXPECT_NEAR(query_specific_of(variation_of(call, all_queries(2))).offsets, 0, 1e-12);
  call.reference_points.select(1, 0).select(-1, 2).fill_(0);
  EXPECT_TRUE(template_offsets(call).isfinite().all().item<bool>());
}

TEST(QueryVariation, QueriesThatDoNotCountAreLeftOut) {
  const at::Tensor first_alone = at::tensor({1, 0}, at::kLong).to(at::kBool).view({1, 2});
  const at::Tensor variation = variation_of(two_queries(1, 0, 0, 1), first_alone);
  EXPECT_DOUBLE_EQ(query_specific_of(variation).weights, 0);
}

// Keys of two queries: each looks at its own.
TEST(QueryVariation, DenseAttentionHasWeightsAlone) {
  const DenseAttentionCall call{.site = AttentionSite::kDecoderSelf,
                                .layer = 0,
                                .weights = at::eye(2, at::kDouble).view({1, 1, 2, 2})};
  const QuerySpecific part = query_specific_of(variation_of(call, all_queries(2)));
  EXPECT_DOUBLE_EQ(part.weights, 1);
  EXPECT_TRUE(std::isnan(part.offsets));
  EXPECT_FALSE(part.is_mostly_template());
}

// Parts of every layer over two images, with interventions in between.
std::map<AttentionSite, at::Tensor> parts_with(const ModelConfig& config,
                                               const std::vector<Intervention>& changes) {
  const auto detector = random_detector(config, 5);
  VariationRecorder recorder(config);
  Intervener intervener(changes, &recorder);
  const c10::InferenceMode no_gradients;
  for (const int width : {96, 64}) {
    const FramedImage image = framed(random_image(64, width), 64, 96);
    intervener.on_images({{static_cast<double>(width), 64}});
    detector->forward(image.pixels, image.mask, &intervener);
  }
  return recorder.variations_of(recorder.sums());
}

TEST(VariationRecorder, FindsNothingOfItsOwnWhereTheTemplateWasPutIn) {
  const AttentionUnit head{.layers = {.all = false, .some = {1}},
                           .heads = {.all = false, .some = {2}}};
  AttentionUnit in_encoder = head;
  in_encoder.module = AttentionSite::kEncoderSelf;
  for (const ModelConfig& config : {tiny_deformable(), tiny_refining()}) {
    std::vector<Intervention> changes;
    for (const AttentionUnit& unit : {head, in_encoder}) {
      changes.push_back({"", WeightsChange{.unit = unit, .kind = WeightsChange::Kind::kMean}});
      changes.push_back({"", OffsetsChange{.unit = unit, .kind = OffsetsChange::Kind::kMean}});
    }
    const auto changed = parts_with(config, changes);
    for (const AttentionSite site : {AttentionSite::kDecoderCross, AttentionSite::kEncoderSelf}) {
      const auto heads = query_specific_of_heads(changed.at(site)[1]);
      EXPECT_NEAR(heads[2].weights, 0, 1e-6);
      EXPECT_NEAR(heads[2].offsets, 0, 1e-6);
      EXPECT_GT(heads[1].weights, 0.001);
      EXPECT_GT(heads[1].offsets, 0.001);
    }
  }
}

TEST(VariationRecorder, OfAPlainDetrKnowsWeightsOfAllModules) {
  for (const auto& [site, variation] : parts_with(tiny_detr(), {})) {
    for (std::int64_t layer = 0; layer < variation.size(0); ++layer) {
      const QuerySpecific part = query_specific_of(variation[layer]);
      EXPECT_GT(part.weights, 0);
      EXPECT_LT(part.weights, 1);
      EXPECT_TRUE(std::isnan(part.offsets));
    }
  }
}

}  // namespace
}  // namespace saccade
