// A tiny detector with seeded random weights, and images for it: what the explain tests look into.
#pragma once

#include <ATen/ATen.h>
#include <ATen/Parallel.h>

#include <cmath>
#include <memory>
#include <string>

#include "saccade/model/detector.h"

namespace saccade {

inline ModelConfig tiny_deformable() {
  return {.family = ModelFamily::kDeformableDetr,
          .backbone = "resnet18",
          .num_classes = 4,
          .num_queries = 7,
          .hidden_dim = 64,
          .nheads = 4,
          .num_feature_levels = 4,
          .enc_layers = 2,
          .dec_layers = 3,
          .enc_n_points = 3,
          .dec_n_points = 2,
          .dim_feedforward = 32};
}

inline ModelConfig tiny_refining() {
  ModelConfig config = tiny_deformable();
  config.with_box_refine = true;
  return config;
}

inline ModelConfig tiny_two_stage() {
  ModelConfig config = tiny_refining();
  config.hidden_dim = 256;  // its proposal embedding fits no other
  config.two_stage = true;
  return config;
}

inline ModelConfig tiny_detr() {
  ModelConfig config = tiny_deformable();
  config.family = ModelFamily::kDetr;
  config.num_feature_levels = 1;
  return config;
}

inline bool ends_with(const std::string& text, const std::string& end) {
  return text.size() >= end.size() && text.compare(text.size() - end.size(), end.size(), end) == 0;
}

// Numbers that keep activations near 1: norms near the identity, the rest scaled by its inputs.
inline at::Tensor random_weight(const std::string& name, at::IntArrayRef shape) {
  const at::Tensor noise = at::randn(shape);
  if (ends_with(name, "running_var")) return noise.abs() + 0.5;
  // Offsets of some cells: points spread, and some fall outside the image.
  if (ends_with(name, "sampling_offsets.bias")) return noise * 2;
  if (ends_with(name, "query_embed.weight")) return noise;
  if (shape.size() == 1) return ends_with(name, "weight") ? noise * 0.1 + 1 : noise * 0.1;
  return noise / std::sqrt(static_cast<double>(noise.numel()) / static_cast<double>(shape[0]));
}

inline std::unique_ptr<Detector> random_detector(const ModelConfig& config, std::uint64_t seed) {
  at::set_num_threads(1);  // tiny work: waiting for each other would take longest
  auto detector = make_detector(config);
  at::manual_seed(seed);
  detector->visit([](const std::string& name, at::Tensor& tensor, TensorKind) {
    tensor.copy_(random_weight(name, tensor.sizes()));
  });
  return detector;
}

// Offsets that do not depend on what was seen, so that padding cannot change them.
inline void use_constant_offsets(Detector& detector) {
  detector.visit([](const std::string& name, at::Tensor& tensor, TensorKind) {
    if (ends_with(name, "sampling_offsets.weight")) tensor.zero_();
  });
}

// A batch of one: an image in the upper left corner of a frame.
struct FramedImage {
  at::Tensor pixels;  // [1, 3, H, W]
  at::Tensor mask;    // [1, H, W] true where there is no image
};

inline FramedImage framed(const at::Tensor& image, std::int64_t height, std::int64_t width) {
  FramedImage out{at::zeros({1, 3, height, width}),
                  at::ones({1, height, width}, at::TensorOptions(at::kBool))};
  out.pixels[0].narrow(1, 0, image.size(1)).narrow(2, 0, image.size(2)).copy_(image);
  out.mask[0].narrow(0, 0, image.size(1)).narrow(1, 0, image.size(2)).fill_(false);
  return out;
}

inline at::Tensor random_image(std::int64_t height, std::int64_t width) {
  at::manual_seed(11);
  return at::randn({3, height, width});
}

}  // namespace saccade
