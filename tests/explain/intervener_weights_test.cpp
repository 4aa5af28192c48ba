// Interventions on how much a sample weighs: entries switched off, weights replaced.
#include <gtest/gtest.h>

#include "saccade/explain/intervener.h"
#include "tests/explain/intervened_run.h"

namespace saccade {
namespace {

using at::Tensor;

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

}  // namespace
}  // namespace saccade
