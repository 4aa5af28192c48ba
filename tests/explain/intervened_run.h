// Forward passes under interventions, and detectors whose weights were changed to do the same.
#pragma once

#include <c10/core/InferenceMode.h>
#include <gtest/gtest.h>

#include <memory>
#include <string>
#include <utility>
#include <vector>

#include "saccade/explain/intervener.h"
#include "tests/explain/recorded_run.h"

namespace saccade {

using Changes = std::vector<Intervention>;

inline constexpr double kWidth = 96, kHeight = 64;  // of the image, pixels
inline constexpr std::uint64_t kSeed = 3;

inline std::vector<ModelConfig> families() {
  return {tiny_deformable(), tiny_refining(), tiny_detr()};
}

template <typename Change>
Intervention of(Change change) {
  return {.text = "", .change = std::move(change)};
}

inline IndexSet only(std::vector<int> some) { return {.all = false, .some = std::move(some)}; }

inline AttentionUnit cross(IndexSet layers) { return {.layers = std::move(layers)}; }

inline Recorded run(const Detector& detector, const Changes& changes, const FramedImage& image) {
  const c10::InferenceMode no_gradients;
  TraceRecorder recorder({.decoder_self = true});
  Intervener intervener(changes, &recorder);
  intervener.on_images({{kWidth, kHeight}});
  Recorded out;
  out.output = detector.forward(image.pixels, image.mask, &intervener);
  out.trace = recorder.trace();
  return out;
}

inline FramedImage plain_image() {
  return framed(random_image(static_cast<std::int64_t>(kHeight), static_cast<std::int64_t>(kWidth)),
                static_cast<std::int64_t>(kHeight), static_cast<std::int64_t>(kWidth));
}

// The same detector with some tensors changed: `edit(name, tensor)`.
template <typename Edit>
std::unique_ptr<Detector> edited(const ModelConfig& config, const Edit& edit) {
  auto detector = random_detector(config, kSeed);
  detector->visit(
      [&](const std::string& name, at::Tensor& tensor, TensorKind) { edit(name, tensor); });
  return detector;
}

inline bool holds(const std::string& name, const std::string& part) {
  return name.find(part) != std::string::npos;
}

inline void expect_equal(const ModelOutput& a, const ModelOutput& b) {
  EXPECT_TRUE(at::equal(a.pred_logits, b.pred_logits));
  EXPECT_TRUE(at::equal(a.pred_boxes, b.pred_boxes));
}

inline double difference(const at::Tensor& a, const at::Tensor& b) {
  return (a - b).abs().max().item<double>();
}

inline void expect_near(const ModelOutput& a, const ModelOutput& b, double tolerance = 1e-5) {
  EXPECT_LE(difference(a.pred_logits, b.pred_logits), tolerance);
  EXPECT_LE(difference(a.pred_boxes, b.pred_boxes), tolerance);
}

}  // namespace saccade
