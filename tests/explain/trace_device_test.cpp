// Traces of a detector on a device: the same numbers, on the CPU, after one wait.
#include <ATen/ATen.h>
#include <c10/core/InferenceMode.h>
#include <gtest/gtest.h>

#include "saccade/explain/flow.h"
#include "saccade/explain/trace.h"
#include "tests/explain/tiny_detector.h"
#include "tests/support/strict_device.h"

namespace saccade {
namespace {

const RecordOptions kDecoder{.decoder_self = true, .keep_value = true};
const RecordOptions kEncoder{
    .decoder_cross = false, .encoder_place = ImagePlace{0.6, 0.4, 0}, .keep_value = true};

struct Recorded {
  Trace trace;
  StrictWaits during, afterwards;
};

Recorded record(const Detector& detector, const RecordOptions& options) {
  const c10::InferenceMode no_gradients;
  const FramedImage image = framed(random_image(64, 80), 96, 96);
  const at::Tensor pixels = image.pixels.to(detector.device());
  Recorded out;
  TraceRecorder recorder(options);
  reset_strict_waits();
  detector.forward(pixels, image.mask, &recorder);
  out.during = strict_waits();
  out.trace = recorder.trace();
  out.afterwards = strict_waits();
  return out;
}

void expect_same(const at::Tensor& there, const at::Tensor& here) {
  ASSERT_EQ(there.defined(), here.defined());
  if (!here.defined()) return;
  EXPECT_TRUE(there.is_cpu());
  EXPECT_TRUE(there.equal(here));
}

void expect_same(const std::vector<PointTrace>& there, const std::vector<PointTrace>& here) {
  ASSERT_EQ(there.size(), here.size());
  for (std::size_t i = 0; i < here.size(); ++i) {
    expect_same(there[i].reference_points, here[i].reference_points);
    expect_same(there[i].sampling_locations, here[i].sampling_locations);
    expect_same(there[i].attention_weights, here[i].attention_weights);
    expect_same(there[i].mean_weights, here[i].mean_weights);
    expect_same(there[i].value, here[i].value);
    expect_same(there[i].output, here[i].output);
    EXPECT_EQ(there[i].query_specific, here[i].query_specific);
  }
}

void expect_same(const std::vector<DenseTrace>& there, const std::vector<DenseTrace>& here) {
  ASSERT_EQ(there.size(), here.size());
  for (std::size_t i = 0; i < here.size(); ++i) expect_same(there[i].weights, here[i].weights);
}

void expect_same(const Trace& there, const Trace& here) {
  expect_same(there.valid_ratios, here.valid_ratios);
  EXPECT_EQ(there.encoder_token, here.encoder_token);
  expect_same(there.encoder, here.encoder);
  expect_same(there.decoder, here.decoder);
  expect_same(there.encoder_dense, here.encoder_dense);
  expect_same(there.decoder_dense, here.decoder_dense);
  expect_same(there.decoder_self, here.decoder_self);
}

TEST(TraceOnADevice, HoldsTheCpusNumbersOnTheCpu) {
  for (const ModelConfig& config : {tiny_deformable(), tiny_detr()}) {
    for (const RecordOptions& options : {kDecoder, kEncoder}) {
      const auto detector = random_detector(config, 5);
      const Recorded here = record(*detector, options);
      detector->to(strict_device());
      const Recorded there = record(*detector, options);
      expect_same(there.trace, here.trace);
      // The chosen token is found by the pyramid's valid part, which is read.
      EXPECT_EQ(there.during.all(), options.encoder_place ? 1 : 0) << there.during.text();
      EXPECT_EQ(there.afterwards.all(), there.during.all() + 1) << there.afterwards.text();
    }
  }
}

TEST(FlowOnADevice, HoldsTheCpusNumbersOnTheCpu) {
  const c10::InferenceMode no_gradients;
  const auto detector = random_detector(tiny_deformable(), 5);
  const FramedImage image = framed(random_image(64, 80), 96, 96);
  const auto run = [&] {
    FlowRecorder recorder({0, 1});
    const at::Tensor pixels = image.pixels.to(detector->device());
    reset_strict_waits();
    detector->forward(pixels, image.mask, &recorder);
    EXPECT_EQ(strict_waits().all(), 0) << strict_waits().text();
    return roll_out(recorder.reads(), 3, recorder.levels());
  };
  const auto here = run();
  detector->to(strict_device());
  const auto there = run();
  ASSERT_EQ(there.size(), here.size());
  for (std::size_t l = 0; l < here.size(); ++l) EXPECT_TRUE(there[l].equal(here[l]));
}

}  // namespace
}  // namespace saccade
