// Maps of what a detection is due to, against the definitions of docs/attribution.md.
#include "saccade/explain/attribution.h"

#include <ATen/core/grad_mode.h>
#include <gtest/gtest.h>

#include "saccade/core/error.h"
#include "saccade/explain/intervention_text.h"
#include "saccade/explain/trace.h"
#include "tests/explain/tiny_detector.h"

namespace saccade {
namespace {

using at::Tensor;

constexpr OriginalSize kOriginal{200, 150};

struct Subject {
  explicit Subject(const ModelConfig& config, std::vector<Intervention> interventions = {}) {
    model.detector = random_detector(config, 41);
    image = framed(random_image(96, 128), 96, 128);
    attributor.emplace(model, image.pixels, image.mask, kOriginal, std::move(interventions));
  }
  LoadedModel model;
  FramedImage image;
  std::optional<Attributor> attributor;
};

double total(const std::vector<Tensor>& levels) {
  double sum = 0;
  for (const Tensor& level : levels) sum += level.sum().item<double>();
  return sum;
}

double largest_difference(const std::vector<Tensor>& a, const std::vector<Tensor>& b) {
  double largest = a.size() == b.size() ? 0 : 1e9;
  for (std::size_t l = 0; l < std::min(a.size(), b.size()); ++l)
    largest = std::max(largest, (a[l] - b[l]).abs().max().item<double>());
  return largest;
}

// The mean over decoder layers of the maps of a recorded forward pass.
std::vector<Tensor> mean_of_traced_layers(const Subject& s, std::int64_t query) {
  const at::AutoGradMode no_graph(false);
  TraceRecorder recorder({});
  s.model.detector->forward(s.image.pixels, s.image.mask, &recorder);
  const Trace& trace = recorder.trace();
  std::vector<Tensor> sum;
  for (const PointTrace& layer : trace.decoder) {
    const auto maps = scatter_to_cells(layer.sampling_locations[query],
                                       layer.attention_weights[query], trace.levels);
    for (std::size_t l = 0; l < maps.size(); ++l) {
      const Tensor part = maps[l] / static_cast<double>(trace.decoder.size());
      if (sum.size() <= l)
        sum.push_back(part);
      else
        sum[l] += part;
    }
  }
  return sum;
}

TEST(Attribution, WeightsAreTheMeanOfTheLayersMapsAndWithWhatFellOutsideAWhole) {
  for (const ModelConfig& config : {tiny_deformable(), tiny_refining(), tiny_two_stage()}) {
    const Subject s(config);
    for (const int query : {0, 5}) {
      const AttributionMap map = s.attributor->map(AttributionMethod::kWeights, {.query = query});
      EXPECT_LT(largest_difference(map.levels, mean_of_traced_layers(s, query)), 1e-6);
      EXPECT_GT(map.outside, 0.001);
      EXPECT_NEAR(total(map.levels) + map.outside, 1, 1e-5);
      EXPECT_FALSE(map.is_signed);
    }
  }
}

TEST(Attribution, ContributionsAreAShareOfOneAndDifferFromWeights) {
  const Subject s(tiny_refining());
  const AttributionMap map = s.attributor->map(AttributionMethod::kContribution, {.query = 2});
  EXPECT_NEAR(total(map.levels) + map.outside, 1, 1e-5);
  for (const Tensor& level : map.levels) EXPECT_GE(level.min().item<double>(), 0);
  const AttributionMap weights = s.attributor->map(AttributionMethod::kWeights, {.query = 2});
  EXPECT_GT(largest_difference(map.levels, weights.levels), 1e-3);
}

// The signed map loses only what the footprint of points near the border drops.
TEST(Attribution, DirectedContributionsAreSignedAndOfTheTarget) {
  const Subject s(tiny_refining());
  const AttributionTarget logit{.query = 3, .label = 1};
  const AttributionMap map = s.attributor->map(AttributionMethod::kDirected, logit);
  EXPECT_TRUE(map.is_signed);
  EXPECT_LT(map.levels[0].min().item<double>(), 0);
  EXPECT_GT(map.levels[0].max().item<double>(), 0);
  std::vector<Tensor> sum;
  for (const PointScores& layer : s.attributor->points(AttributionMethod::kDirected, logit)) {
    const auto maps = scatter_points(layer.sampling_locations, layer.scores,
                                     s.attributor->image().memory().levels);
    for (std::size_t l = 0; l < maps.size(); ++l) {
      if (sum.size() <= l)
        sum.push_back(maps[l]);
      else
        sum[l] += maps[l];
    }
  }
  EXPECT_LT(largest_difference(map.levels, sum), 1e-12);
  for (const auto& [a, b] : {std::pair{TargetOutput::kX0, TargetOutput::kX1},
                             std::pair{TargetOutput::kClass, TargetOutput::kWidth}}) {
    const auto of = [&](TargetOutput output) {
      return s.attributor
          ->map(AttributionMethod::kDirected, {.query = 3, .label = 1, .output = output})
          .levels;
    };
    EXPECT_GT(largest_difference(of(a), of(b)), 1e-6);
  }
}

TEST(Attribution, TheMapLiesOnTheOriginalImageAndHoldsTheSumOfItsLevels) {
  const Subject s(tiny_deformable());
  const AttributionMap map = s.attributor->map(AttributionMethod::kWeights, {.query = 1});
  EXPECT_EQ(map.map.sizes(), at::IntArrayRef({150, 200}));
  EXPECT_EQ(map.map.scalar_type(), at::kFloat);
  EXPECT_NEAR(map.map.sum().item<double>(), total(map.levels), 1e-3);
}

TEST(Attribution, OneLayerAloneIsThatLayersMap) {
  const Subject s(tiny_deformable());
  const auto of = [&](std::vector<int> layers) {
    return s.attributor->map(AttributionMethod::kWeights, {.query = 1}, {.layers = layers}).levels;
  };
  std::vector<Tensor> mean = of({0});
  for (const int layer : {1, 2}) {
    const auto maps = of({layer});
    for (std::size_t l = 0; l < mean.size(); ++l) mean[l] += maps[l];
  }
  for (Tensor& level : mean) level /= 3.0;
  EXPECT_LT(largest_difference(mean, of({})), 1e-9);
}

TEST(Attribution, PlainDetrHasWeightsOverItsCellsAndNoPoints) {
  const Subject s(tiny_detr());
  const AttributionMap map = s.attributor->map(AttributionMethod::kWeights, {.query = 1});
  ASSERT_EQ(map.levels.size(), 1u);
  EXPECT_EQ(map.levels[0].sizes(), at::IntArrayRef({3, 4}));
  EXPECT_NEAR(total(map.levels), 1, 1e-5);
  EXPECT_NEAR(map.outside, 0, 1e-5);
  for (const auto method : {AttributionMethod::kContribution, AttributionMethod::kDirected})
    EXPECT_THROW(s.attributor->map(method, {.query = 1}), UsageError);
}

TEST(Attribution, WhatDoesNotExistIsRefused) {
  const Subject s(tiny_deformable());
  for (const auto method : {AttributionMethod::kWeights, AttributionMethod::kDirected}) {
    EXPECT_THROW(s.attributor->map(method, {.query = 7}), UsageError);
    EXPECT_THROW(s.attributor->map(method, {.query = -1}), UsageError);
    EXPECT_THROW(s.attributor->map(method, {.query = 0}, {.layers = {3}}), UsageError);
  }
  EXPECT_THROW(s.attributor->map(AttributionMethod::kDirected, {.query = 0, .label = 4}),
               UsageError);
}

TEST(Attribution, InterventionsCountAndLayersThatAreOffAreLeftOut) {
  const Subject plain(tiny_deformable());
  const Subject changed(tiny_deformable(), {parse_intervention("dec.1.cross.head2=off(zero)")});
  const AttributionTarget target{.query = 1, .label = 0};
  EXPECT_GT(
      largest_difference(plain.attributor->map(AttributionMethod::kDirected, target).levels,
                         changed.attributor->map(AttributionMethod::kDirected, target).levels),
      1e-6);
  const Subject without(tiny_deformable(), {parse_intervention("dec.1.cross=off")});
  EXPECT_EQ(without.attributor->points(AttributionMethod::kContribution, target).size(), 2u);
  const AttributionMap map = without.attributor->map(AttributionMethod::kContribution, target);
  EXPECT_NEAR(total(map.levels) + map.outside, 1, 1e-5);
  const Subject nothing(tiny_deformable(), {parse_intervention("dec.*.cross=off")});
  EXPECT_THROW(nothing.attributor->map(AttributionMethod::kWeights, target), Error);
}

// What a head read counts for nothing where its output is not its own.
TEST(Attribution, HeadsThatAreOffGiveNothing) {
  const AttributionTarget target{.query = 1, .label = 0};
  for (const char* text : {"dec.*.cross.head0-7=off(zero)", "dec.*.cross.head0-7=off(mean)"}) {
    const Subject off(tiny_deformable(), {parse_intervention(text)});
    for (const AttributionMethod method :
         {AttributionMethod::kWeights, AttributionMethod::kContribution,
          AttributionMethod::kDirected, AttributionMethod::kRelevance})
      EXPECT_EQ(total(off.attributor->map(method, target).levels), 0) << text;
  }
  // The others share what there is.
  const Subject one(tiny_deformable(), {parse_intervention("dec.*.cross.head1-7=off(zero)")});
  const AttributionMap map = one.attributor->map(AttributionMethod::kWeights, target);
  EXPECT_NEAR(total(map.levels) + map.outside, 1, 1e-5);
  for (const PointScores& layer : one.attributor->points(AttributionMethod::kWeights, target)) {
    EXPECT_NEAR(layer.scores[0].sum().item<double>(), 1, 1e-5);
    EXPECT_EQ(layer.scores.narrow(0, 1, layer.scores.size(0) - 1).abs().sum().item<double>(), 0);
  }
}

TEST(Attribution, HeadsOfPlainDetrThatAreOffGiveNothing) {
  for (const char* text : {"dec.1.cross.head0-2=off(zero)", "dec.*.cross.head1=off(mean)"}) {
    const Subject off(tiny_detr(), {parse_intervention(text)});
    const AttributionMap map = off.attributor->map(AttributionMethod::kWeights, {.query = 1});
    EXPECT_NEAR(total(map.levels), 1, 1e-9) << text;
    EXPECT_EQ(map.outside, 0) << text;
  }
  // What stands in the place of a head was not looked at, whatever its weights are.
  const std::vector<Intervention> mean = {parse_intervention("dec.2.cross.head0-2=off(mean)")};
  const std::vector<Intervention> zero = {parse_intervention("dec.2.cross.head0-2=off(zero)")};
  const auto last = [](const std::vector<Intervention>& changes) {
    return Subject(tiny_detr(), changes)
        .attributor->map(AttributionMethod::kWeights, {.query = 1}, {.layers = {2}})
        .levels;
  };
  EXPECT_LT(largest_difference(last(mean), last(zero)), 1e-6);
  const Subject all(tiny_detr(), {parse_intervention("dec.*.cross.head0-3=off(zero)")});
  EXPECT_EQ(total(all.attributor->map(AttributionMethod::kWeights, {.query = 1}).levels), 0);
}

// Layers after the one that answers have no part in the answer.
TEST(Attribution, AfterAnEarlyExitTheLayersThatAnswerAreFused) {
  for (const ModelConfig& config : {tiny_refining(), tiny_detr()}) {
    const Subject early(config, {parse_intervention("output=layer(1)")});
    const auto of = [&](std::vector<int> layers) {
      return early.attributor->map(AttributionMethod::kWeights, {.query = 1}, {.layers = layers})
          .levels;
    };
    EXPECT_LT(largest_difference(of({}), of({0, 1})), 1e-12);
    EXPECT_GT(largest_difference(of({}), of({0, 1, 2})), 1e-6);
  }
}

// What a method is said to do is what it does.
TEST(AttributionNames, TellWhichModelsHaveAMethodAndWhichScorePoints) {
  for (const ModelConfig& config : {tiny_deformable(), tiny_detr()}) {
    const Subject s(config);
    const AttributionTarget target{.query = 1, .label = 0};
    for (const AttributionMethod method : attribution_methods()) {
      const std::string name(method_name(method));
      const auto map = [&] { s.attributor->map(method, target, {.drise_masks = 2}); };
      const auto points = [&] { s.attributor->points(method, target); };
      if (fits(method, config.family))
        EXPECT_NO_THROW(map()) << name;
      else
        EXPECT_THROW(map(), UsageError) << name;
      if (has_points(method) && config.family == ModelFamily::kDeformableDetr)
        EXPECT_NO_THROW(points()) << name;
      else
        EXPECT_THROW(points(), UsageError) << name;
    }
  }
}

TEST(AttributionNames, AreReadAsTheyAreWritten) {
  for (const AttributionMethod method : attribution_methods())
    EXPECT_EQ(attribution_method(method_name(method)), method);
  for (const char* name : {"class", "x", "y", "w", "h", "x0", "y0", "x1", "y1"})
    EXPECT_EQ(output_name(target_output(name)), name);
  EXPECT_THROW(attribution_method("weight"), UsageError);
  EXPECT_THROW(target_output("x2"), UsageError);
}

}  // namespace
}  // namespace saccade
