// Decoding a kept memory again is the whole forward pass with the same interventions (explain.md 5.5 a, j).
#include "saccade/explain/intervention_session.h"

#include <c10/core/InferenceMode.h>
#include <gtest/gtest.h>

#include "saccade/explain/donor_recorder.h"
#include "saccade/explain/intervener.h"
#include "saccade/explain/intervention_reach.h"
#include "tests/explain/tiny_detector.h"

namespace saccade {
namespace {

using at::Tensor;

std::vector<ModelConfig> families() {
  return {tiny_deformable(), tiny_refining(), tiny_two_stage(), tiny_detr()};
}

template <typename Change>
Interventions one(Change change) {
  return {{.text = "", .change = std::move(change)}};
}

IndexSet only(std::vector<int> some) { return {.all = false, .some = std::move(some)}; }

// A set of each kind that decoder attention of both families knows, and one of the encoder.
std::vector<Interventions> variants() {
  std::vector<Interventions> all{{}};
  for (const int layer : {0, 1, 2}) {
    for (const AttentionModule module :
         {AttentionModule::kDecoderCross, AttentionModule::kDecoderSelf}) {
      const AttentionUnit unit{.module = module, .layers = only({layer}), .heads = only({1})};
      all.push_back(one(HeadsOff{.unit = unit}));
      all.push_back(one(HeadsOff{.unit = unit, .fill = HeadsOff::Fill::kMean}));
      all.push_back(one(WeightsChange{.unit = unit}));
    }
    all.push_back(one(BranchOff{.branch = Branch::kDecoderFfn, .layers = only({layer})}));
  }
  all.push_back(one(OffsetsChange{.unit = {.layers = only({1}), .heads = only({2})},
                                  .kind = OffsetsChange::Kind::kAt,
                                  .places = {{30, 20}, {60, 10}}}));
  all.push_back(one(QueriesOff{.queries = only({2, 4})}));
  all.push_back(one(QueriesOff{.queries = only({3}), .as_keys = false}));
  all.push_back(one(EarlyExit{.layer = 1}));
  all.push_back(one(MemoryRegion{.polygon = {{0, 0}, {50, 0}, {50, 64}, {0, 64}}}));
  all.push_back(one(MemoryRegion{
      .polygon = {{0, 0}, {50, 0}, {50, 64}, {0, 64}}, .forbids = false, .logit_bias = 2}));
  all.push_back(
      one(HeadsOff{.unit = {.module = AttentionModule::kEncoderSelf, .layers = only({1})}}));
  return all;
}

// A whole pass in which values are projected before they are sampled, as sessions do.
ModelOutput pass_with_values(const Detector& detector, const FramedImage& image,
                             AttentionHook* hook) {
  const c10::InferenceMode no_gradients;
  Memory memory = detector.encode(image.pixels, image.mask, hook);
  detector.keep_values(memory);
  return detector.decode(memory, hook);
}

class Sessions : public testing::TestWithParam<int> {
 protected:
  Sessions() {
    const ModelConfig config = families()[static_cast<std::size_t>(GetParam())];
    model.detector = random_detector(config, 5);
    const Tensor picture = random_image(64, 96);
    image = framed(picture, 64, 96);
  }
  ModelOutput whole(const Interventions& interventions) const {
    if (interventions.empty()) return pass_with_values(*model.detector, image, nullptr);
    Intervener intervener(interventions);
    intervener.on_images({original});
    return pass_with_values(*model.detector, image, &intervener);
  }
  // Of each kind, from another picture of the same size.
  std::vector<Interventions> patches() const {
    const bool plain = model.detector->config().family == ModelFamily::kDetr;
    at::manual_seed(23);
    const FramedImage other = framed(at::randn({3, 64, 96}), 64, 96);
    std::vector<Interventions> all;
    for (const AttentionModule module :
         {AttentionModule::kEncoderSelf, AttentionModule::kDecoderSelf,
          AttentionModule::kDecoderCross}) {
      for (const PatchPart part : {PatchPart::kHeads, PatchPart::kWeights, PatchPart::kOffsets}) {
        if (part == PatchPart::kOffsets && (plain || module == AttentionModule::kDecoderSelf))
          continue;
        Patch patch{.unit = {.module = module, .layers = only({1}), .heads = only({0, 2})},
                    .part = part,
                    .file = "other.png"};
        const auto run = std::make_shared<DonorRun>();
        DonorRecorder recorder({patch}, *run);
        const c10::InferenceMode no_gradients;
        model.detector->forward(other.pixels, other.mask, &recorder);
        patch.donor = run;
        all.push_back(one(patch));
      }
    }
    return all;
  }
  std::vector<Interventions> all_variants() const {
    std::vector<Interventions> all = variants();
    for (Interventions& patch : patches()) all.push_back(std::move(patch));
    return all;
  }
  InterventionSession session() const { return {model, image.pixels, image.mask, original}; }

  LoadedModel model;
  FramedImage image;
  OriginalSize original{96, 64};
};

void expect_same(const ModelOutput& got, const ModelOutput& wanted, double tolerance,
                 std::size_t variant) {
  const auto apart = [](const Tensor& a, const Tensor& b) {
    return (a.sigmoid() - b.sigmoid()).abs().max().item<double>();
  };
  ASSERT_EQ(got.pred_logits.sizes(), wanted.pred_logits.sizes()) << "variant " << variant;
  EXPECT_LE(apart(got.pred_logits, wanted.pred_logits), tolerance) << "variant " << variant;
  EXPECT_LE(apart(got.pred_boxes, wanted.pred_boxes), tolerance) << "variant " << variant;
}

TEST_P(Sessions, NoInterventionIsTheBaselineToTheBit) {
  const InterventionSession s = session();
  const ModelOutput plain = whole({});
  for (const ModelOutput& got : {s.baseline(), s.run({})}) {
    EXPECT_TRUE(at::equal(got.pred_logits, plain.pred_logits));
    EXPECT_TRUE(at::equal(got.pred_boxes, plain.pred_boxes));
  }
}

TEST_P(Sessions, APassThatProjectsAfterSamplingIsEqual) {
  const InterventionSession s = session();
  const auto all = all_variants();
  for (std::size_t v = 0; v < all.size(); ++v) {
    const c10::InferenceMode no_gradients;
    Intervener intervener(all[v]);
    intervener.on_images({original});
    expect_same(s.run(all[v]), model.detector->forward(image.pixels, image.mask, &intervener), 1e-5,
                v);
  }
}

TEST_P(Sessions, OneVariantIsTheWholeForwardPassToTheBit) {
  const InterventionSession s = session();
  const auto all = all_variants();
  for (std::size_t v = 0; v < all.size(); ++v) expect_same(s.run(all[v]), whole(all[v]), 0, v);
}

TEST_P(Sessions, ManyVariantsTogetherAreEachAlone) {
  const InterventionSession s = session();
  const auto all = all_variants();
  const auto got = s.run_all(all);
  ASSERT_EQ(got.size(), all.size());
  for (std::size_t v = 0; v < all.size(); ++v) expect_same(got[v], whole(all[v]), 1e-5, v);
}

// Counts the encoder layers that run.
struct EncoderCount : AttentionHook {
  int calls = 0;
  void on_deformable(DeformableAttentionCall& call) override { count(call.site); }
  void on_dense(DenseAttentionCall& call) override { count(call.site); }
  bool wants_dense(AttentionSite site, int) const override {
    return site == AttentionSite::kEncoderSelf;
  }
  void count(AttentionSite site) { calls += site == AttentionSite::kEncoderSelf ? 1 : 0; }
};

TEST_P(Sessions, AKeptEncoderRunsFromTheFirstChangedLayerToTheBit) {
  const InterventionSession s(model, image.pixels, image.mask, original,
                              InterventionSession::Keep::kEncoderToo);
  expect_same(s.baseline(), whole({}), 0, 0);
  for (const int layer : {0, 1}) {
    const AttentionUnit unit{.module = AttentionModule::kEncoderSelf, .layers = only({layer})};
    const std::vector<Interventions> all = {
        one(HeadsOff{.unit = unit}), one(WeightsChange{.unit = unit}),
        one(BranchOff{.branch = Branch::kEncoderFfn, .layers = only({layer})})};
    const auto together = s.run_all(all);
    for (std::size_t v = 0; v < all.size(); ++v) {
      EncoderCount watcher;
      expect_same(s.run(all[v], &watcher), whole(all[v]), 0, v);
      EXPECT_EQ(watcher.calls, 2 - layer) << "variant " << v;
      expect_same(together[v], whole(all[v]), 0, v);
    }
  }
}

INSTANTIATE_TEST_SUITE_P(Families, Sessions, testing::Range(0, 4));

// On real weights, whose rounding is that of real activations.
TEST(SessionOfTheDemoModel, IsTheWholeForwardPass) {
  at::set_num_threads(1);
  const LoadedModel model = load_model(SACCADE_SOURCE_DIR "/assets/street_r18.safetensors");
  const OriginalSize original{320, 192};
  const FramedImage image = framed(random_image(192, 320), 192, 320);
  const InterventionSession session(model, image.pixels, image.mask, original);
  std::vector<Interventions> all{{}};
  for (int layer = 0; layer < 6; ++layer) {
    const AttentionUnit unit{.layers = only({layer}), .heads = only({layer})};
    all.push_back(one(HeadsOff{.unit = unit}));
    all.push_back(one(OffsetsChange{.unit = unit, .amount = 0.5}));
  }
  all.push_back(one(EntriesOff{.unit = {.levels = only({0})}}));
  all.push_back(one(QueriesOff{.queries = only({0, 7})}));
  const auto together = session.run_all(all);
  for (std::size_t v = 0; v < all.size(); ++v) {
    const c10::InferenceMode no_gradients;
    Intervener intervener(all[v]);
    intervener.on_images({original});
    const ModelOutput whole = pass_with_values(*model.detector, image, &intervener);
    expect_same(session.run(all[v]), whole, 0, v);
    expect_same(together[v], whole, 1e-5, v);
  }
}

TEST(Reach, IsTheFirstLayerThatChanges) {
  const auto first = [](const Interventions& interventions) {
    return reach_of(interventions, 6).decoder_layer;
  };
  EXPECT_EQ(first({}), 6);
  EXPECT_EQ(first(one(HeadsOff{.unit = {.layers = only({3, 5})}})), 3);
  EXPECT_EQ(first(one(HeadsOff{})), 0);
  EXPECT_EQ(first(one(EarlyExit{.layer = 2})), 6);
  EXPECT_TRUE(reach_of(one(BranchOff{.branch = Branch::kEncoderFfn}), 6).encoder);
}

}  // namespace
}  // namespace saccade
