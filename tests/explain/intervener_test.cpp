// What interventions do to a forward pass, against models whose weights were changed to do the same.
#include "saccade/explain/intervener.h"

#include <c10/core/InferenceMode.h>
#include <gtest/gtest.h>

#include "saccade/explain/trace.h"
#include "saccade/explain/unit_masks.h"
#include "tests/explain/tiny_detector.h"

namespace saccade {
namespace {

using at::Tensor;
using Changes = std::vector<Intervention>;

constexpr double kWidth = 96, kHeight = 64;  // of the image, pixels
constexpr std::uint64_t kSeed = 3;

std::vector<ModelConfig> families() { return {tiny_deformable(), tiny_refining(), tiny_detr()}; }

template <typename Change>
Intervention of(Change change) {
  return {.text = "", .change = std::move(change)};
}

IndexSet only(std::vector<int> some) { return {.all = false, .some = std::move(some)}; }

AttentionUnit cross(IndexSet layers) { return {.layers = std::move(layers)}; }

struct Recorded {
  ModelOutput output;
  Trace trace;
};

Recorded run(const Detector& detector, const Changes& changes, const FramedImage& image) {
  const c10::InferenceMode no_gradients;
  TraceRecorder recorder({.decoder_self = true});
  Intervener intervener(changes, &recorder);
  intervener.on_images({{kWidth, kHeight}});
  Recorded out;
  out.output = detector.forward(image.pixels, image.mask, &intervener);
  out.trace = recorder.trace();
  return out;
}

FramedImage plain_image() {
  return framed(random_image(static_cast<std::int64_t>(kHeight), static_cast<std::int64_t>(kWidth)),
                static_cast<std::int64_t>(kHeight), static_cast<std::int64_t>(kWidth));
}

// The same detector with some tensors changed: `edit(name, tensor)`.
template <typename Edit>
std::unique_ptr<Detector> edited(const ModelConfig& config, const Edit& edit) {
  auto detector = random_detector(config, kSeed);
  detector->visit([&](const std::string& name, Tensor& tensor, TensorKind) { edit(name, tensor); });
  return detector;
}

bool holds(const std::string& name, const std::string& part) {
  return name.find(part) != std::string::npos;
}

void expect_equal(const ModelOutput& a, const ModelOutput& b) {
  EXPECT_TRUE(at::equal(a.pred_logits, b.pred_logits));
  EXPECT_TRUE(at::equal(a.pred_boxes, b.pred_boxes));
}

double difference(const Tensor& a, const Tensor& b) { return (a - b).abs().max().item<double>(); }

void expect_near(const ModelOutput& a, const ModelOutput& b, double tolerance = 1e-5) {
  EXPECT_LE(difference(a.pred_logits, b.pred_logits), tolerance);
  EXPECT_LE(difference(a.pred_boxes, b.pred_boxes), tolerance);
}

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

// explain.md 5.5 (e): renormalising without a level is a softmax over the others.
TEST(Intervener, ALevelOffIsASoftmaxOverTheOthers) {
  const auto without = edited(tiny_deformable(), [](const std::string& name, Tensor& tensor) {
    if (holds(name, "cross_attn.attention_weights.bias"))
      tensor.view({4, 4, 2}).select(1, 2).fill_(-1e30);
  });
  const auto detector = random_detector(tiny_deformable(), kSeed);
  const Changes off{of(EntriesOff{.unit = {.levels = only({2})}})};
  const Recorded changed = run(*detector, off, plain_image());
  expect_near(changed.output, run(*without, {}, plain_image()).output);
  EXPECT_LE(difference(changed.trace.decoder[1].attention_weights.sum({2, 3}), at::ones({7, 4})),
            1e-6);
}

TEST(Intervener, ADroppedPointLeavesTheOtherWeights) {
  const auto detector = random_detector(tiny_deformable(), kSeed);
  const Changes off{of(EntriesOff{
      .unit = {.layers = only({0}), .heads = only({1}), .levels = only({3}), .points = only({1})},
      .renormalise = false})};
  const Tensor was = run(*detector, {}, plain_image()).trace.decoder[0].attention_weights.clone();
  const Tensor is = run(*detector, off, plain_image()).trace.decoder[0].attention_weights;
  was.select(1, 1).select(1, 3).select(1, 1).zero_();
  EXPECT_TRUE(at::equal(is, was));
}

TEST(Intervener, AHeadWithoutEntriesGivesZero) {
  const auto detector = random_detector(tiny_deformable(), kSeed);
  const Changes none{of(EntriesOff{.unit = cross(only({1}))})};
  const Changes heads{of(HeadsOff{.unit = cross(only({1}))})};
  expect_equal(run(*detector, none, plain_image()).output,
               run(*detector, heads, plain_image()).output);
}

Tensor changed_weights_of(WeightsChange change) {
  change.unit = cross(only({0}));
  const auto detector = random_detector(tiny_deformable(), kSeed);
  return run(*detector, {of(change)}, plain_image()).trace.decoder[0].attention_weights.flatten(2);
}

TEST(Intervener, WeightsBecomeUniformTheMeanTheLargestOrWhatIsGiven) {
  using Kind = WeightsChange::Kind;
  const auto detector = random_detector(tiny_deformable(), kSeed);
  const Tensor was =
      run(*detector, {}, plain_image()).trace.decoder[0].attention_weights.flatten(2);
  EXPECT_LE(difference(changed_weights_of({.kind = Kind::kUniform}), at::full({7, 4, 8}, 0.125)),
            1e-6);
  EXPECT_LE(difference(changed_weights_of({.kind = Kind::kMean}), was.mean(0, true).expand_as(was)),
            1e-6);
  const Tensor largest = at::zeros_like(was).scatter_(-1, was.argmax(-1, true), 1);
  EXPECT_LE(difference(changed_weights_of({.kind = Kind::kArgmax}), largest), 1e-6);
  const std::vector<double> values{1, 2, 0, 0, 0.5, 0, 0, 3};
  const Tensor given = changed_weights_of({.kind = Kind::kValues, .values = values});
  EXPECT_TRUE(at::equal(given[4][2], at::tensor(values, at::kFloat)));
}

TEST(Intervener, ATemperatureDividesTheLogits) {
  const auto twice = edited(tiny_deformable(), [](const std::string& name, Tensor& tensor) {
    if (holds(name, "decoder.layers.0.cross_attn.attention_weights.")) tensor.mul_(2);
  });
  const Tensor got =
      changed_weights_of({.kind = WeightsChange::Kind::kTemperature, .temperature = 0.5});
  const Tensor wanted = run(*twice, {}, plain_image()).trace.decoder[0].attention_weights;
  EXPECT_LE(difference(got, wanted.flatten(2)), 1e-6);
}

TEST(Intervener, WeightsOfALevelKeepTheLevelsShare) {
  const auto detector = random_detector(tiny_deformable(), kSeed);
  const Changes uniform{of(WeightsChange{.unit = {.layers = only({0}), .levels = only({1})}})};
  const Tensor was = run(*detector, {}, plain_image()).trace.decoder[0].attention_weights;
  const Tensor is = run(*detector, uniform, plain_image()).trace.decoder[0].attention_weights;
  EXPECT_LE(difference(is.sum(3), was.sum(3)), 1e-6);
  EXPECT_LE(difference(is.select(2, 1).select(2, 0), is.select(2, 1).select(2, 1)), 1e-7);
  EXPECT_TRUE(at::equal(is.select(2, 0), was.select(2, 0)));
}

TEST(Intervener, ScaledAndFrozenOffsetsAreThoseOfAModelThatPredictsThem) {
  for (const ModelConfig& config : {tiny_deformable(), tiny_refining()}) {
    const auto detector = random_detector(config, kSeed);
    const auto doubled = edited(config, [](const std::string& name, Tensor& tensor) {
      if (holds(name, "decoder.layers.1.cross_attn.sampling_offsets.")) tensor.mul_(2);
    });
    const auto frozen = edited(config, [](const std::string& name, Tensor& tensor) {
      if (holds(name, "decoder.layers.1.cross_attn.sampling_offsets.weight")) tensor.zero_();
    });
    const auto with = [&](OffsetsChange change) {
      change.unit = cross(only({1}));
      return run(*detector, {of(change)}, plain_image()).output;
    };
    expect_near(with({.kind = OffsetsChange::Kind::kScale, .amount = 2}),
                run(*doubled, {}, plain_image()).output, 3e-5);
    expect_near(with({.kind = OffsetsChange::Kind::kFreeze}),
                run(*frozen, {}, plain_image()).output, 3e-5);
  }
}

// With the mean every query has the offsets, in cells or boxes, that the mean of all was; the mean again changes nothing.
TEST(Intervener, MeanOffsetsAreThoseOfTheQueriesMean) {
  for (const ModelConfig& config : {tiny_deformable(), tiny_refining()}) {
    const auto detector = random_detector(config, kSeed);
    const OffsetsChange mean{.unit = cross(only({0})), .kind = OffsetsChange::Kind::kMean};
    const auto in_units = [](const Recorded& of) {
      const PointTrace& layer = of.trace.decoder[0];
      const Tensor centre = layer.reference_points.narrow(-1, 0, 2).unsqueeze(1).unsqueeze(3);
      const Tensor offsets = layer.sampling_locations - centre;
      if (layer.reference_points.size(-1) == 2) return offsets;
      return offsets / layer.reference_points.narrow(-1, 2, 2).unsqueeze(1).unsqueeze(3);
    };
    const Tensor was = in_units(run(*detector, {}, plain_image()));
    const Recorded once = run(*detector, {of(mean)}, plain_image());
    EXPECT_LE(difference(in_units(once), was.mean(0, true).expand_as(was)), 1e-5);
    EXPECT_GT(difference(in_units(once), was), 1e-3);
    expect_near(run(*detector, {of(mean), of(mean)}, plain_image()).output, once.output);
  }
}

// Offsets from the reference point in pixels, [Q, M, L, P, 2], of layer 0.
Tensor pixel_offsets(const Recorded& run) {
  const PointTrace& layer = run.trace.decoder[0];
  const Tensor centre = layer.reference_points.narrow(-1, 0, 2).unsqueeze(1).unsqueeze(3);
  return (layer.sampling_locations - centre) * at::tensor({kWidth, kHeight}, at::kFloat);
}

TEST(Intervener, RotationTurnsClockwiseOnThePicture) {
  const auto detector = random_detector(tiny_deformable(), kSeed);
  const Tensor was = pixel_offsets(run(*detector, {}, plain_image()));
  const Changes turn{of(
      OffsetsChange{.unit = cross(only({0})), .kind = OffsetsChange::Kind::kRotate, .amount = 90})};
  const Tensor is = pixel_offsets(run(*detector, turn, plain_image()));
  // Levels 0 and 1: 96 x 64 pixels are whole cells there.
  for (const int level : {0, 1}) {
    EXPECT_LE(difference(is.select(2, level).select(-1, 0), -was.select(2, level).select(-1, 1)),
              1e-3);
    EXPECT_LE(difference(is.select(2, level).select(-1, 1), was.select(2, level).select(-1, 0)),
              1e-3);
  }
}

TEST(Intervener, JitterIsOfItsSeedAndSize) {
  const auto detector = random_detector(tiny_deformable(), kSeed);
  const auto shift = [&](unsigned long long seed) {
    const Changes jitter{of(OffsetsChange{.unit = cross(only({0})),
                                          .kind = OffsetsChange::Kind::kJitter,
                                          .amount = 2,
                                          .seed = seed})};
    return pixel_offsets(run(*detector, jitter, plain_image())) -
           pixel_offsets(run(*detector, {}, plain_image()));
  };
  EXPECT_TRUE(at::equal(shift(1), shift(1)));
  EXPECT_FALSE(at::equal(shift(1), shift(2)));
  // Level 0 has cells of 8 pixels: 2 of them.
  EXPECT_NEAR(shift(1).select(2, 0).std().item<double>(), 16, 3);
}

TEST(Intervener, ReferencesMoveByPixelsOrToAPlace) {
  for (const FramedImage& image :
       {plain_image(), framed(random_image(64, 96), 128, 128)}) {  // the second has padding
    const auto detector = random_detector(tiny_deformable(), kSeed);
    const auto places = [&](const Changes& changes) {
      const Trace trace = run(*detector, changes, image).trace;
      return points_in_pixels(trace.decoder[0].sampling_locations, trace.valid_ratios, kWidth,
                              kHeight);
    };
    AttentionUnit unit = cross(only({0}));
    unit.queries = only({2, 5});
    const Tensor was = places({});
    const Tensor moved = places({of(ReferenceChange{.unit = unit, .point = {10, -6}})});
    const Tensor shift = at::tensor({10.0, -6.0}, at::kFloat);
    EXPECT_LE(difference(moved[2], was[2] + shift), 2e-3);
    EXPECT_TRUE(at::equal(moved[3], was[3]));
    const Tensor set = places({of(
        ReferenceChange{.unit = unit, .kind = ReferenceChange::Kind::kSet, .point = {30, 20}})});
    const Tensor between = (set[5] - was[5]).reshape({-1, 2});
    EXPECT_LE(difference(between, between[0].expand_as(between)), 2e-3);  // the pattern stays
    const Recorded before = run(*detector, {}, image);
    const Tensor was_at =
        points_in_pixels(before.trace.decoder[0].reference_points.view({7, 1, 4, 1, 2}),
                         before.trace.valid_ratios, kWidth, kHeight);
    EXPECT_LE(difference(was_at[5][0][0][0] + between[0], at::tensor({30.0, 20.0}, at::kFloat)),
              5e-3);
  }
}

// What acts after it, and who watches, sees the new reference: offsets of 0 are all there.
TEST(Intervener, OffsetsAfterAReferenceLieAroundIt) {
  for (const ModelConfig& config : {tiny_deformable(), tiny_refining()}) {
    const auto detector = random_detector(config, kSeed);
    AttentionUnit unit = cross(only({0}));
    unit.queries = only({2, 5});
    const Changes changes{
        of(ReferenceChange{.unit = unit, .kind = ReferenceChange::Kind::kSet, .point = {30, 20}}),
        of(OffsetsChange{.unit = unit, .kind = OffsetsChange::Kind::kScale, .amount = 0})};
    const Trace trace = run(*detector, changes, plain_image()).trace;
    const auto pixels = [&](const Tensor& places) {
      return points_in_pixels(places, trace.valid_ratios, kWidth, kHeight);
    };
    const Tensor place = at::tensor({30.0, 20.0}, at::kFloat);
    const Tensor points = pixels(trace.decoder[0].sampling_locations);
    EXPECT_LE(difference(points[5], place.expand_as(points[5])), 2e-3);
    const Tensor references =
        pixels(trace.decoder[0].reference_points.narrow(-1, 0, 2).unsqueeze(1).unsqueeze(3));
    EXPECT_LE(difference(references[2], place.expand_as(references[2])), 2e-3);
    EXPECT_GT(difference(references[3], place.expand_as(references[3])), 1.0);
  }
}

// Explicit points lie where they were put on the picture, with padding too; the rest stays where it was.
TEST(Intervener, SamplesGoToThePlacesGiven) {
  for (const FramedImage& image : {plain_image(), framed(random_image(64, 96), 128, 128)}) {
    const auto detector = random_detector(tiny_refining(), kSeed);
    const auto places = [&](const Changes& changes) {
      const Trace trace = run(*detector, changes, image).trace;
      return points_in_pixels(trace.decoder[1].sampling_locations, trace.valid_ratios, kWidth,
                              kHeight);
    };
    AttentionUnit unit = cross(only({1}));
    unit.heads = only({2});
    unit.levels = only({0, 3});
    unit.queries = only({4});
    OffsetsChange at{.unit = unit, .kind = OffsetsChange::Kind::kAt, .places = {{30, 20}}};
    const Tensor was = places({}), one = places({of(at)});
    at.places = {{10, 20}, {80.5, 60}};
    const Tensor each_point = places({of(at)});
    at.places = {{1, 2}, {3, 4}, {5, 6}, {7, 8}};
    const Tensor each_sample = places({of(at)});
    const auto lies_at = [](const Tensor& samples, int level, int point, double x, double y) {
      const Tensor place = samples[4][2][level][point];
      EXPECT_NEAR(place[0].item<double>(), x, 1e-4);
      EXPECT_NEAR(place[1].item<double>(), y, 1e-4);
    };
    lies_at(one, 0, 1, 30, 20);
    lies_at(one, 3, 0, 30, 20);
    lies_at(each_point, 0, 0, 10, 20);
    lies_at(each_point, 3, 1, 80.5, 60);
    lies_at(each_sample, 0, 1, 3, 4);
    lies_at(each_sample, 3, 0, 5, 6);
    const Tensor changed = (each_sample != was).any(-1);
    EXPECT_EQ(changed.sum().item<std::int64_t>(), 4);
    EXPECT_TRUE(changed[4][2][0].all().item<bool>() && changed[4][2][3].all().item<bool>());
  }
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

MemoryRegion rectangle(double x, double y, double width, double height) {
  return {.polygon = {{x, y}, {x + width, y}, {x + width, y + height}, {x, y + height}}};
}

TEST(Intervener, AForbiddenPictureIsCrossAttentionWithoutHeads) {
  for (const ModelConfig& config : families()) {
    const auto detector = random_detector(config, kSeed);
    const Changes forbidden{of(rectangle(-1, -1, kWidth + 2, kHeight + 2))};
    const Changes heads{of(HeadsOff{.unit = cross({})})};
    expect_equal(run(*detector, forbidden, plain_image()).output,
                 run(*detector, heads, plain_image()).output);
  }
}

// The left half forbidden: what the operator reads there is 0, and padding moves nothing (explain.md 5.5 g).
TEST(Intervener, ARegionIsThatOfThePictureWithPaddingToo) {
  const auto detector = random_detector(tiny_deformable(), kSeed);
  for (const FramedImage& image : {plain_image(), framed(random_image(64, 96), 128, 192)}) {
    const c10::InferenceMode no_gradients;
    TraceRecorder recorder({.keep_value = true});
    const Changes forbidden{of(rectangle(0, 0, kWidth / 2, kHeight))};
    Intervener intervener(forbidden, &recorder);
    intervener.on_images({{kWidth, kHeight}});
    detector->forward(image.pixels, image.mask, &intervener);
    const Trace& trace = recorder.trace();
    const LevelShape& level = trace.levels[0];
    const Tensor value = trace.decoder[0].value.narrow(0, 0, level.height * level.width);
    const Tensor rows = value.view({level.height, level.width, -1}).abs().sum(-1);
    EXPECT_EQ(rows.narrow(0, 0, 8).narrow(1, 0, 6).max().item<double>(), 0);
    EXPECT_GT(rows.narrow(0, 0, 8).narrow(1, 6, 6).min().item<double>(), 0);
  }
}

TEST(Intervener, APreferredRegionDrawsTheWeights) {
  const auto detector = random_detector(tiny_deformable(), kSeed);
  MemoryRegion region = rectangle(0, 0, kWidth / 2, kHeight);
  region.forbids = false;
  region.logit_bias = 50;
  const Recorded run_with = run(*detector, {of(region)}, plain_image());
  const PointTrace& layer = run_with.trace.decoder[0];
  const Tensor x = layer.sampling_locations.select(-1, 0),
               y = layer.sampling_locations.select(-1, 1);
  const Tensor within = (x < 0.5).logical_and(x >= 0).logical_and(y >= 0).logical_and(y < 1);
  const Tensor share = (layer.attention_weights * within).sum({2, 3});
  const Tensor any = within.flatten(2).any(-1);
  EXPECT_GT(any.sum().item<std::int64_t>(), 5);
  EXPECT_LE(difference(share.masked_select(any), at::ones({any.sum().item<std::int64_t>()})), 1e-5);
  region.logit_bias = 0;
  expect_near(run(*detector, {of(region)}, plain_image()).output,
              run(*detector, {}, plain_image()).output);
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
