// What patches copy from another image or other weights.
#include <c10/core/InferenceMode.h>
#include <gmock/gmock.h>
#include <gtest/gtest.h>

#include "saccade/core/error.h"
#include "saccade/explain/donor_recorder.h"
#include "saccade/explain/intervener.h"
#include "saccade/explain/trace.h"
#include "tests/explain/tiny_detector.h"

namespace saccade {
namespace {

using at::Tensor;
using ::testing::HasSubstr;

constexpr std::uint64_t kSeed = 3;

std::vector<ModelConfig> families() {
  return {tiny_deformable(), tiny_refining(), tiny_two_stage(), tiny_detr()};
}

IndexSet only(std::vector<int> some) { return {.all = false, .some = std::move(some)}; }

FramedImage picture(std::uint64_t seed, std::int64_t height = 64, std::int64_t width = 96) {
  at::manual_seed(seed);
  return framed(at::randn({3, height, width}), height, width);
}

// All that a detector has to copy.
std::vector<Patch> every_patch(bool plain) {
  std::vector<Patch> all;
  for (const AttentionModule module : {AttentionModule::kEncoderSelf, AttentionModule::kDecoderSelf,
                                       AttentionModule::kDecoderCross}) {
    for (const PatchPart part : {PatchPart::kHeads, PatchPart::kWeights, PatchPart::kOffsets}) {
      if (part == PatchPart::kOffsets && (plain || module == AttentionModule::kDecoderSelf))
        continue;
      all.push_back({.unit = {.module = module}, .part = part, .file = "donor.png"});
    }
  }
  return all;
}

struct Recorded {
  ModelOutput output;
  Trace trace;
};

// `image` through `detector`; first the donor, to patch from.
Recorded run(const Detector& detector, const FramedImage& image,
             const std::vector<AttentionChange>& changes = {}, const Detector* donor = nullptr,
             const FramedImage& donor_image = {}) {
  const c10::InferenceMode no_gradients;
  const auto donor_run = std::make_shared<DonorRun>();
  std::vector<Patch> patches;
  std::vector<Intervention> interventions;
  for (const AttentionChange& change : changes) {
    interventions.push_back({"", change});
    if (auto* patch = std::get_if<Patch>(&interventions.back().change)) {
      patches.push_back(*patch);
      patch->donor = donor_run;
    }
  }
  DonorRecorder donor_recorder(patches, *donor_run);
  if (donor != nullptr) donor->forward(donor_image.pixels, donor_image.mask, &donor_recorder);
  TraceRecorder recorder({.decoder_self = true, .keep_value = true});
  Intervener intervener(interventions, &recorder);
  intervener.on_images({{96, 64}});
  Recorded out;
  out.output = detector.forward(image.pixels, image.mask, &intervener);
  out.trace = recorder.trace();
  return out;
}

void expect_equal(const ModelOutput& a, const ModelOutput& b) {
  EXPECT_TRUE(at::equal(a.pred_logits, b.pred_logits));
  EXPECT_TRUE(at::equal(a.pred_boxes, b.pred_boxes));
}

double difference(const Tensor& a, const Tensor& b) { return (a - b).abs().max().item<double>(); }

void expect_near(const ModelOutput& a, const ModelOutput& b) {
  EXPECT_LE(difference(a.pred_logits, b.pred_logits), 3e-5);
  EXPECT_LE(difference(a.pred_boxes, b.pred_boxes), 3e-5);
}

TEST(Patch, FromTheSameImageAndWeightsIsTheBaselineToTheBit) {
  for (const ModelConfig& config : families()) {
    const auto detector = random_detector(config, kSeed);
    const FramedImage image = picture(11);
    const ModelOutput baseline = run(*detector, image).output;
    std::vector<AttentionChange> together;
    for (const Patch& patch : every_patch(config.family == ModelFamily::kDetr)) {
      together.push_back(patch);
      expect_equal(run(*detector, image, {patch}, detector.get(), image).output, baseline);
    }
    expect_equal(run(*detector, image, together, detector.get(), image).output, baseline);
  }
}

// Cross-attention is the only way from the picture to the queries.
TEST(Patch, OfAllHeadsOfTheCrossAttentionIsTheAnswerToTheOtherImage) {
  for (const ModelConfig& config : {tiny_deformable(), tiny_refining(), tiny_detr()}) {
    const auto detector = random_detector(config, kSeed);
    const FramedImage image = picture(11), other = picture(12, 96, 64);
    const ModelOutput answer = run(*detector, other).output;
    EXPECT_GT(difference(answer.pred_logits, run(*detector, image).output.pred_logits), 1e-3);
    expect_equal(run(*detector, image, {Patch{}}, detector.get(), other).output, answer);
  }
}

TEST(Patch, ChangesTheUnitAlone) {
  const auto detector = random_detector(tiny_deformable(), kSeed);
  const FramedImage image = picture(11), other = picture(12, 96, 128);
  Patch patch{.unit = {.layers = only({0}), .heads = only({1, 3}), .queries = only({2})}};
  const auto heads = [](const Recorded& run) {
    return run.trace.decoder[0].output.view({7, 4, 16});
  };
  const Tensor ours = heads(run(*detector, image)), theirs = heads(run(*detector, other));
  const Tensor got = heads(run(*detector, image, {patch}, detector.get(), other));
  Tensor wanted = ours.clone();
  for (const int head : {1, 3}) wanted[2][head] = theirs[2][head];
  EXPECT_TRUE(at::equal(got, wanted));
  patch.part = PatchPart::kWeights;
  const Tensor weights =
      run(*detector, image, {patch}, detector.get(), other).trace.decoder[0].attention_weights;
  EXPECT_TRUE(
      at::equal(weights[2][3], run(*detector, other).trace.decoder[0].attention_weights[2][3]));
  EXPECT_TRUE(
      at::equal(weights[2][0], run(*detector, image).trace.decoder[0].attention_weights[2][0]));
}

// The same detector with noise in some of its tensors.
std::unique_ptr<Detector> altered(const ModelConfig& config, const std::string& part) {
  auto detector = random_detector(config, kSeed);
  detector->visit([&](const std::string& name, Tensor& tensor, TensorKind) {
    if (name.find(part) != std::string::npos) tensor.add_(at::randn_like(tensor) * 0.3);
  });
  return detector;
}

// What one projection gives is copied: the patched model is the donor, which differs in nothing else.
TEST(Patch, FromOtherWeightsIsTheModelWithTheirProjection) {
  struct Projection {
    PatchPart part;
    std::string name;
  };
  for (const Projection& projection :
       {Projection{PatchPart::kWeights, "decoder.layers.1.cross_attn.attention_weights."},
        Projection{PatchPart::kOffsets, "decoder.layers.1.cross_attn.sampling_offsets."},
        Projection{PatchPart::kHeads, "decoder.layers.1.cross_attn.value_proj."},
        Projection{PatchPart::kHeads, "decoder.layers.1.self_attn.in_proj_"},
        Projection{PatchPart::kOffsets, "encoder.layers.1.self_attn.sampling_offsets."}}) {
    for (const ModelConfig& config : {tiny_deformable(), tiny_refining()}) {
      const auto detector = random_detector(config, kSeed);
      const auto donor = altered(config, projection.name);
      const FramedImage image = picture(11);
      Patch patch{.unit = {.layers = only({1})}, .part = projection.part};
      if (projection.name.starts_with("encoder")) patch.unit.module = AttentionModule::kEncoderSelf;
      if (projection.name.find("1.self_attn.in_proj") != std::string::npos)
        patch.unit.module = AttentionModule::kDecoderSelf;
      const ModelOutput wanted = run(*donor, image).output;
      EXPECT_GT(difference(wanted.pred_logits, run(*detector, image).output.pred_logits), 1e-4);
      expect_near(run(*detector, image, {patch}, donor.get(), image).output, wanted);
    }
  }
}

// Offsets are cells of a level, however large the donor's image is; around a box they are shares of it.
TEST(Patch, OffsetsAreThoseOfTheDonorsProjection) {
  for (const ModelConfig& config : {tiny_deformable(), tiny_refining()}) {
    const auto detector = random_detector(config, kSeed);
    const FramedImage image = picture(11), other = picture(12, 128, 64);
    const Patch patch{.unit = {.layers = only({1})}, .part = PatchPart::kOffsets};
    const auto offsets = [](const Recorded& run) {
      const PointTrace& layer = run.trace.decoder[1];
      const Tensor& references = layer.reference_points;
      Tensor unit =
          references.narrow(-1, references.size(-1) - 2, 2);  // the box's size, if it has one
      if (references.size(-1) == 2) {
        std::vector<double> cells;
        for (const LevelShape& level : run.trace.levels)
          cells.insert(cells.end(), {1.0 / static_cast<double>(level.width),
                                     1.0 / static_cast<double>(level.height)});
        unit = at::tensor(cells, at::kFloat).view({1, 4, 2});
      }
      return (layer.sampling_locations - references.narrow(-1, 0, 2).unsqueeze(1).unsqueeze(3)) /
             unit.unsqueeze(1).unsqueeze(3);
    };
    const Tensor got = offsets(run(*detector, image, {patch}, detector.get(), other));
    EXPECT_LE(difference(got, offsets(run(*detector, other))), 1e-4);
    EXPECT_GT(difference(got, offsets(run(*detector, image))), 1e-2);
  }
}

TEST(Patch, ActsInTheOrderGiven) {
  for (const ModelConfig& config : {tiny_deformable(), tiny_detr()}) {
    const auto detector = random_detector(config, kSeed);
    const FramedImage image = picture(11), other = picture(12);
    const auto with = [&](const std::vector<AttentionChange>& changes) {
      return run(*detector, image, changes, detector.get(), other).output;
    };
    const Patch patch{.unit = {.layers = only({2}), .heads = only({1})}};
    const HeadsOff off{.unit = patch.unit};
    expect_equal(with({patch, off}), with({off}));
    expect_equal(with({off, patch}), with({patch}));
  }
}

std::string refusal(const Detector& detector, const Patch& patch, const Detector* donor,
                    const FramedImage& donor_image) {
  try {
    run(detector, picture(11), {patch}, donor, donor_image);
  } catch (const Error& error) {
    return error.what();
  }
  return "";
}

// Tokens are copied one by one: as many, at the same places.
TEST(Patch, OfTheEncoderWantsLevelsOfTheSameSize) {
  const auto detector = random_detector(tiny_deformable(), kSeed);
  const auto plain = random_detector(tiny_detr(), kSeed);
  const FramedImage turned = picture(12, 96, 64);
  const Patch encoder{.unit = {.module = AttentionModule::kEncoderSelf}, .file = "turned.png"};
  EXPECT_THAT(refusal(*detector, encoder, detector.get(), turned),
              HasSubstr("turned.png: cannot be patched from: its levels have 12 x 8, 6 x 4, 3 x 2, "
                        "2 x 1 cells, those of this image 8 x 12, 4 x 6, 2 x 3, 1 x 2; "));
  const Patch keys{.part = PatchPart::kWeights, .file = "turned.png"};
  EXPECT_THAT(refusal(*plain, keys, plain.get(), turned), HasSubstr("its levels have 3 x 2 cells"));
  EXPECT_EQ(refusal(*detector, keys, detector.get(), turned), "");
  EXPECT_THAT(refusal(*detector, keys, nullptr, {}),
              HasSubstr("turned.png: is to be patched from"));
}

}  // namespace
}  // namespace saccade
