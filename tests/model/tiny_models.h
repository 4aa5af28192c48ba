// Small random detectors for tests: a few layers and queries, weights that keep activations sane.
#pragma once

#include <ATen/core/Tensor.h>

#include <memory>
#include <string>

#include "saccade/core/error.h"
#include "saccade/model/detector.h"

namespace saccade {

inline ModelConfig tiny_deformable() {
  ModelConfig config;
  config.backbone = "resnet18";
  config.num_classes = 5;
  config.num_queries = 7;
  config.hidden_dim = 64;
  config.enc_layers = 2;
  config.dec_layers = 2;
  config.dim_feedforward = 96;
  return config;
}

inline ModelConfig tiny_two_stage() {
  ModelConfig config = tiny_deformable();
  config.hidden_dim = 256;  // its proposal embedding fits no other
  config.with_box_refine = true;
  config.two_stage = true;
  return config;
}

inline ModelConfig tiny_detr() {
  ModelConfig config = tiny_deformable();
  config.family = ModelFamily::kDetr;
  config.num_feature_levels = 1;
  return config;
}

// Every tensor random, norms near one.
std::unique_ptr<Detector> random_detector(const ModelConfig& config, std::uint64_t seed = 1);

struct Batch {
  at::Tensor pixels, mask;
};

// Noise of these sizes; the second image covers three quarters of each side, the rest is padding.
Batch random_batch(std::int64_t height, std::int64_t width);

// The message of the Error that `body` throws; "" where it throws none.
template <typename Body>
std::string error_of(const Body& body) {
  try {
    body();
  } catch (const Error& error) {
    return error.what();
  }
  return "";
}

}  // namespace saccade
