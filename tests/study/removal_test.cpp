// Removing pixels, sampling points and trained weights.
#include <c10/core/InferenceMode.h>
#include <gtest/gtest.h>

#include <algorithm>
#include <cmath>

#include "saccade/core/error.h"
#include "saccade/explain/intervener.h"
#include "saccade/study/map_metrics.h"
#include "saccade/study/pixel_removal.h"
#include "saccade/study/point_removal.h"
#include "saccade/study/saliency_map.h"
#include "saccade/study/tensor_map.h"
#include "saccade/study/weight_reset.h"
#include "saccade/study/weight_similarity.h"
#include "tests/explain/tiny_detector.h"

namespace saccade {
namespace {

IndexSet only(std::vector<int> some) { return {.all = false, .some = std::move(some)}; }

// Query 0 has half of the target's box and its classes, query 1 the box and other classes: 0.5 * 1 and 1 * 0.6.
TEST(TargetScores, AreTheBestOverlapTimesCosine) {
  const auto logit = [](double p) { return std::log(p / (1 - p)); };
  ModelOutput output;
  output.pred_boxes =
      at::tensor({0.25, 0.5, 0.5, 1.0, 0.5, 0.5, 1.0, 1.0}, at::kFloat).view({1, 1, 2, 4});
  output.pred_logits =
      at::tensor({logit(0.6), logit(0.8), logit(0.8), logit(1e-9)}, at::kFloat).view({1, 1, 2, 2});
  const ScoreTarget target{.label = 1,
                           .detection = {at::tensor({0.5, 0.5, 1.0, 1.0}, at::kFloat),
                                         at::tensor({0.6, 0.8}, at::kFloat)}};
  const auto score = target_scores(ModelFamily::kDeformableDetr, output, target);
  ASSERT_EQ(score.size(), 1u);
  EXPECT_NEAR(score[0].iou_cos, 0.6, 1e-5);
  EXPECT_NEAR(score[0].same_class, 0, 1e-6);  // an IoU of 0.5 is not above it
  EXPECT_NEAR(target_scores(ModelFamily::kDeformableDetr, output, target, 0)[0].iou_cos, 0.5, 1e-5);
}

// A model that sees the detection as far as the pixels of its object are as they were.
class PlantedModel : public testing::Test {
 protected:
  static constexpr int kWidth = 40, kHeight = 30;
  const at::Tensor pixels_ = random_image(kHeight, kWidth).unsqueeze(0);
  const PixelBaselines baselines_ = pixel_baselines(pixels_, 4);
  const RegionMask object_ = box_region({10, 5, 20, 15}, kWidth, kHeight);

  std::vector<TargetScore> score(const at::Tensor& images) const {
    std::vector<TargetScore> all;
    const at::Tensor same = (images == pixels_).all(1).to(at::kFloat).contiguous();
    for (std::int64_t n = 0; n < images.size(0); ++n) {
      double intact = 0;
      for (std::size_t i = 0; i < object_.inside.size(); ++i)
        if (object_.inside[i] != 0) intact += same[n].const_data_ptr<float>()[i];
      all.push_back({intact / 100, intact / 200});
    }
    return all;
  }
  RemovalScores scores(const SaliencyMap& map, std::span<const double> shares, int together) const {
    const ImageScorer scorer = [&](const at::Tensor& images) {
      largest_batch_ = std::max(largest_batch_, images.size(0));
      return score(images);
    };
    const EndScores ends{score(pixels_)[0], score(baselines_.noise)[0],
                         score(baselines_.blurred)[0]};
    return removal_scores(pixels_, baselines_, ends, falling_order(map, 1), shares, scorer,
                          together);
  }
  SaliencyMap object_map() const {
    return {.width = kWidth,
            .height = kHeight,
            .values = {object_.inside.begin(), object_.inside.end()}};
  }
  mutable std::int64_t largest_batch_ = 0;
};

// The object is 100 of 1200 pixels: with half of its area removed in the map's order, half of it is left.
TEST_F(PlantedModel, IsFoundByAMapOfItsObject) {
  const auto shares = removal_shares(100.0 / 1200, {.within = 2, .beyond = 1});
  const RemovalScores found = scores(object_map(), shares, 2);
  EXPECT_EQ(largest_batch_, 2);
  for (const auto kind : {PixelRemoval::kDeletionNoise, PixelRemoval::kDeletionBlur}) {
    const auto& left = found[static_cast<std::size_t>(kind)];
    ASSERT_EQ(left.size(), 5u);
    EXPECT_EQ(left[0].iou_cos, 1);
    EXPECT_EQ(left[1].iou_cos, 0.5);
    EXPECT_EQ(left[1].same_class, 0.25);
    for (std::size_t i = 2; i < 5; ++i) EXPECT_EQ(left[i].iou_cos, 0) << i;
  }
  const auto& shown = found[static_cast<std::size_t>(PixelRemoval::kInsertion)];
  EXPECT_EQ(shown[0].iou_cos, 0);
  EXPECT_EQ(shown[1].iou_cos, 0.5);
  EXPECT_EQ(shown[2].iou_cos, 1);
  EXPECT_EQ(shown[4].iou_cos, 1);
}

// Whatever the order, cells at random take a share of the object that is that of the image.
TEST_F(PlantedModel, RandomCellsRemoveItAsTheyRemoveEverything) {
  const std::vector<double> shares{0, 0.5, 1};
  double sum = 0;
  for (std::uint64_t seed = 0; seed < 40; ++seed)
    sum += scores(random_cells(kWidth, kHeight, 4, seed), shares, 4)[0][1].iou_cos;
  EXPECT_NEAR(sum / 40, 0.5, 0.08);
}

TEST_F(PlantedModel, DoesNotDependOnTheBatch) {
  const auto shares = removal_shares(0.2, {.within = 3, .beyond = 1});
  const SaliencyMap map = random_cells(kWidth, kHeight, 4, 9);
  const RemovalScores one = scores(map, shares, 1), many = scores(map, shares, 16);
  for (std::size_t k = 0; k < one.size(); ++k)
    for (std::size_t i = 0; i < shares.size(); ++i)
      EXPECT_EQ(one[k][i].iou_cos, many[k][i].iou_cos);
}

TEST(PixelBaselines, AreSeededNoiseAndABlurThatKeepsTheMean) {
  const at::Tensor flat = at::full({1, 3, 32, 48}, 0.25);
  EXPECT_TRUE(at::allclose(pixel_baselines(flat, 1).blurred, flat, 1e-5, 1e-6));
  const at::Tensor image = random_image(32, 48).unsqueeze(0);
  const PixelBaselines a = pixel_baselines(image, 1), b = pixel_baselines(image, 1);
  EXPECT_TRUE(at::equal(a.noise, b.noise));
  EXPECT_FALSE(at::equal(a.noise, pixel_baselines(image, 2).noise));
  EXPECT_NEAR(a.noise.std().item<double>(), 1, 0.05);
  EXPECT_LT(a.blurred.std().item<double>(), 0.3 * image.std().item<double>());
}

class Points : public testing::Test {
 protected:
  Points() { model_.detector = random_detector(tiny_refining(), 5); }

  PointRemover remover() const {
    return {model_, image_.pixels, image_.mask, kOriginal, interventions_};
  }
  at::Tensor all_kept(std::int64_t variants) const {
    return at::ones({variants, 3, 4, 4, 2}, at::kBool);
  }
  ModelOutput whole(const std::vector<Intervention>& interventions) const {
    const c10::InferenceMode no_gradients;
    Intervener intervener(interventions);
    intervener.on_images({kOriginal});
    return model_.detector->forward(image_.pixels, image_.mask, &intervener);
  }
  static void expect_same(const ModelOutput& a, std::int64_t n, const ModelOutput& b) {
    EXPECT_TRUE(at::allclose(a.pred_boxes[-1][n], b.pred_boxes[-1][0], 1e-4, 1e-5));
    EXPECT_TRUE(at::allclose(a.pred_logits[-1][n], b.pred_logits[-1][0], 1e-4, 1e-5));
  }

  static constexpr OriginalSize kOriginal{96, 64};
  LoadedModel model_;
  std::vector<Intervention> interventions_;
  const FramedImage image_ = framed(random_image(64, 96), 64, 96);
};

TEST_F(Points, WithAllOfThemTheModelIsAsItWas) {
  const ModelOutput output = remover().run(3, all_kept(2), true);
  expect_same(output, 0, whole({}));
  expect_same(output, 1, whole({}));
}

// One point and one head of one layer, against interventions of that query.
TEST_F(Points, AreRemovedAsAnInterventionRemovesThem) {
  at::Tensor kept = all_kept(2);
  kept[0][1][2][0][1].fill_(false);
  kept[1][0][3].fill_(false);
  for (const bool renormalise : {true, false}) {
    const ModelOutput output = remover().run(3, kept, renormalise);
    AttentionUnit unit{
        .layers = only({1}), .heads = only({2}), .levels = only({0}), .points = only({1})};
    unit.queries = only({3});
    expect_same(output, 0, whole({{.text = "", .change = EntriesOff{unit, renormalise}}}));
    AttentionUnit head{.layers = only({0}), .heads = only({3})};
    head.queries = only({3});
    expect_same(output, 1, whole({{.text = "", .change = HeadsOff{.unit = head}}}));
  }
}

TEST_F(Points, AreRemovedUnderOtherInterventions) {
  interventions_ = {
      {.text = "",
       .change = OffsetsChange{.unit = {.layers = only({1})},
                               .kind = OffsetsChange::Kind::kAt,
                               .places = {{30, 20}}}},
      {.text = "", .change = HeadsOff{.unit = {.layers = only({2}), .heads = only({0})}}}};
  expect_same(remover().run(3, all_kept(3), true), 2, whole(interventions_));
}

// What changes the memory's values, or leaves a branch out, is run one by one.
TEST_F(Points, AreRemovedUnderInterventionsThatStandAlone) {
  interventions_ = {
      {.text = "", .change = MemoryRegion{.polygon = {{0, 0}, {50, 0}, {50, 64}, {0, 64}}}},
      {.text = "", .change = BranchOff{.branch = Branch::kDecoderSelf, .layers = only({1})}}};
  expect_same(remover().run(3, all_kept(2), true), 1, whole(interventions_));
}

// The ends of the curves: everything is there, or nothing is; between them deletion and insertion of the same points are
// runs of their own.
TEST_F(Points, ScoresBeginAndEndWhereTheyShould) {
  const PointRemover points = remover();
  ASSERT_EQ(points.points(), 3 * 4 * 4 * 2);
  std::vector<std::int32_t> order;
  for (std::int32_t i = 0; i < points.points(); ++i) order.push_back(i);
  const ScoreTarget target{1, detection_vector(ModelFamily::kDeformableDetr, whole({}), 3)};
  const RemovalScores scores = points.scores(3, target, order, std::vector<double>{0, 0.5, 1});
  EXPECT_NEAR(scores[0][0].iou_cos, 1, 1e-4);
  EXPECT_NEAR(scores[1][0].iou_cos, 1, 1e-4);
  EXPECT_NEAR(scores[2][2].iou_cos, 1, 1e-4);
  EXPECT_NEAR(scores[0][2].iou_cos, scores[2][0].iou_cos, 1e-6);
  EXPECT_NEAR(scores[0][2].iou_cos, scores[1][2].iou_cos, 1e-6);
  EXPECT_LT(scores[0][2].iou_cos, 0.999);
  EXPECT_NE(scores[0][1].iou_cos, scores[2][1].iou_cos);
}

TEST_F(Points, AreOfDeformableAttentionAlone) {
  model_.detector = random_detector(tiny_detr(), 5);
  EXPECT_THROW(remover(), Error);
}

std::vector<std::string> changed_tensors(const LoadedModel& a, const LoadedModel& b) {
  const NamedTensors of_a = state_dict(*a.detector), of_b = state_dict(*b.detector);
  std::vector<std::string> changed;
  for (std::size_t i = 0; i < of_a.size(); ++i)
    if (!at::equal(of_a[i].second, of_b[i].second)) changed.push_back(of_a[i].first);
  return changed;
}

TEST(WeightReset, DrawsTheNamedPartAnewAndNothingElse) {
  for (const ModelConfig& config : {tiny_deformable(), tiny_two_stage(), tiny_detr()}) {
    LoadedModel model;
    model.detector = random_detector(config, 3);
    const auto parts = weight_parts(config, /*per_layer=*/true);
    ASSERT_EQ(parts.size(), 1u + 3u + 2u);
    EXPECT_EQ(parts[0].name, "heads");
    EXPECT_EQ(parts[1].name, "dec.2");
    EXPECT_EQ(parts[5].name, "enc.0");
    for (const WeightPart& part : parts) {
      const auto changed = changed_tensors(model, with_reset_weights(model, {part}, 1));
      EXPECT_FALSE(changed.empty()) << part.name;
      for (const std::string& name : changed) EXPECT_TRUE(part.has(name)) << name;
    }
    EXPECT_TRUE(changed_tensors(model, with_reset_weights(model, {}, 1)).empty());
  }
}

TEST(WeightReset, PartsAreAllWeightsButTheBackbones) {
  ModelConfig learned = tiny_deformable();
  learned.position_embedding = "learned";
  for (const ModelConfig& config :
       {tiny_deformable(), tiny_refining(), tiny_two_stage(), tiny_detr(), learned})
    for (const bool per_layer : {false, true}) {
      const auto parts = weight_parts(config, per_layer);
      make_detector(config)->visit([&](const std::string& name, at::Tensor&, TensorKind) {
        const auto of = std::count_if(parts.begin(), parts.end(),
                                      [&](const WeightPart& part) { return part.has(name); });
        EXPECT_EQ(of, name.starts_with("backbone.") ? 0 : 1) << name;
      });
    }
}

// What scores proposals stays: else queries would be others.
TEST(WeightReset, LeavesTheHeadsOfProposalsAlone) {
  LoadedModel model;
  model.detector = random_detector(tiny_two_stage(), 3);
  const auto changed = changed_tensors(
      model, with_reset_weights(model, {weight_parts(tiny_two_stage(), false)[0]}, 1));
  EXPECT_TRUE(std::count(changed.begin(), changed.end(), "class_embed.0.weight"));
  EXPECT_FALSE(std::count(changed.begin(), changed.end(), "class_embed.3.weight"));
}

// The same masks hide the image from both models: where nothing was drawn anew, the map is itself.
TEST_F(Points, MapsOfSanityChecksAreMadeWithTheSeedOfTheMap) {
  SimilaritySubject subject{
      model_, interventions_, image_.pixels, image_.mask, kOriginal, {.query = 1}, {}, {}};
  subject.options.drise_masks = 6, subject.options.seed = 5;
  const Attributor attributor(model_, image_.pixels, image_.mask, kOriginal);
  const SaliencyMap map =
      plain_map(attributor.map(AttributionMethod::kDrise, subject.target, subject.options).map);
  const auto alike = similarities(subject, {"drise"}, {coarse_map(map)}, {}, 1);
  EXPECT_NEAR(alike[0].rank_correlation, 1, 1e-9);
}

}  // namespace
}  // namespace saccade
