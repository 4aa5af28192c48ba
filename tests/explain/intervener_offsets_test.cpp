// Interventions on where a sample lies: offsets, reference points, given places.
#include <gtest/gtest.h>

#include "saccade/explain/intervener.h"
#include "tests/explain/intervened_run.h"

namespace saccade {
namespace {

using at::Tensor;

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

}  // namespace
}  // namespace saccade
