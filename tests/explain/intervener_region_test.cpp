// Interventions on a region of the picture: forbidden to the decoder or preferred by it.
#include <c10/core/InferenceMode.h>
#include <gtest/gtest.h>

#include "saccade/explain/intervener.h"
#include "tests/explain/intervened_run.h"

namespace saccade {
namespace {

using at::Tensor;

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

}  // namespace
}  // namespace saccade
