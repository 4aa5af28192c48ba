// Attribution of a detector on a device: every method's map is the CPU's, on the CPU.
#include <gtest/gtest.h>

#include "saccade/explain/attribution.h"
#include "tests/explain/tiny_detector.h"
#include "tests/support/strict_device.h"

namespace saccade {
namespace {

std::vector<AttributionMap> maps_of(const LoadedModel& model) {
  const FramedImage image = framed(random_image(64, 80), 96, 96);
  const at::Tensor pixels = image.pixels.to(model.detector->device());
  const Attributor attributor(model, pixels, image.mask, {96, 72});
  const AttributionTarget target{.query = 2, .output = TargetOutput::kX1};
  std::vector<AttributionMap> maps;
  for (const AttributionMethod method : attribution_methods()) {
    const bool scores_points =
        method == AttributionMethod::kContribution || method == AttributionMethod::kDirected;
    if (model.detector->config().family == ModelFamily::kDetr && scores_points) continue;
    maps.push_back(attributor.map(method, target, {.drise_masks = 3}));
  }
  return maps;
}

TEST(AttributionOnADevice, IsThatOfTheCpuOnTheCpu) {
  for (const ModelConfig& config : {tiny_refining(), tiny_detr()}) {
    LoadedModel model;
    model.detector = random_detector(config, 5);
    const std::vector<AttributionMap> here = maps_of(model);
    model.detector->to(strict_device());
    const std::vector<AttributionMap> there = maps_of(model);
    ASSERT_EQ(there.size(), here.size());
    for (std::size_t i = 0; i < here.size(); ++i) {
      ASSERT_TRUE(there[i].map.is_cpu());
      EXPECT_GT(here[i].map.abs().max().item<double>(), 0) << i;
      EXPECT_TRUE(there[i].map.allclose(here[i].map, 1e-4, 1e-7)) << i;
      EXPECT_EQ(there[i].levels.size(), here[i].levels.size());
      for (const at::Tensor& level : there[i].levels) EXPECT_TRUE(level.is_cpu());
    }
  }
}

}  // namespace
}  // namespace saccade
