// The demo model on a device: detections and evaluations are the CPU's, one pass runs ahead.
#include <gtest/gtest.h>

#include <filesystem>

#include "saccade/cli/model_session.h"
#include "saccade/eval/model_run.h"
#include "tests/support/strict_device.h"

namespace saccade {
namespace {

const std::filesystem::path kAssets = std::filesystem::path(SACCADE_SOURCE_DIR) / "assets";

ModelOptions demo(const std::string& precision = "fp32") {
  return {.weights = (kAssets / "street_r18.safetensors").string(),
          .precision = precision,
          .threads = 2,
          .size = "160,320"};
}

TEST(SessionOnADevice, FindsWhatTheCpuFinds) {
  const auto detect = [](at::Device device) {
    const ModelSession session(demo(), device, /*quiet=*/true);
    const PreparedImage image = session.prepare(kAssets / "images" / "Town03_013980.jpg", true);
    return session.detections(session.run(image), image);
  };
  const auto here = detect(at::kCPU), there = detect(strict_device());
  ASSERT_EQ(there.size(), here.size());
  for (std::size_t i = 0; i < here.size(); ++i) {
    EXPECT_EQ(there[i].query, here[i].query);
    EXPECT_EQ(there[i].score, here[i].score);
    EXPECT_EQ(there[i].box.x0, here[i].box.x0);
    EXPECT_EQ(there[i].box.y1, here[i].box.y1);
  }
}

TEST(ModelRunOnADevice, GivesTheCpusRowsAndWaitsOncePerBatch) {
  const CocoFile truth = load_coco((kAssets / "images" / "instances.json").string());
  std::vector<EvalImage> images;
  for (int i = 0; i < 5; ++i) images.push_back({i, {640, 380}});
  const auto run = [&](at::Device device) {
    const ModelSession session(demo(), device, /*quiet=*/true);
    RankGroup alone(std::nullopt);
    const ModelRunOptions options{.batch_size = 2, .num_workers = 1, .quiet = true};
    reset_strict_waits();
    return run_model(session.model(), truth.data, kAssets / "images", images, options, alone);
  };

  const ModelRun here = run(at::kCPU);
  EXPECT_EQ(strict_waits().all(), 0);
  const ModelRun there = run(strict_device());

  EXPECT_EQ(strict_waits().events, 3) << strict_waits().text();
  EXPECT_EQ(strict_waits().all(), 3) << strict_waits().text();
  EXPECT_EQ(there.queries, here.queries);
  ASSERT_EQ(there.results.detections.size(), here.results.detections.size());
  ASSERT_GT(here.results.detections.size(), 400U);
  for (std::size_t i = 0; i < here.results.detections.size(); ++i) {
    EXPECT_EQ(there.results.detections[i].score, here.results.detections[i].score);
    EXPECT_EQ(there.results.detections[i].box.x, here.results.detections[i].box.x);
    EXPECT_EQ(there.results.detections[i].box.height, here.results.detections[i].box.height);
  }
}

}  // namespace
}  // namespace saccade
