// What the tests of saccade/train train: small detectors on noise.
#pragma once

#include <ATen/ATen.h>

#include <map>
#include <memory>
#include <string>
#include <vector>

#include "saccade/data/train_batch.h"
#include "saccade/train/optimizer.h"
#include "tests/model/tiny_models.h"

namespace saccade {

// Nothing drawn and no statistics over a batch: an image is worth the same alone and in company. One
// thread: work is tiny, waiting for each other would take longest.
inline TrainConfig tiny_training() {
  at::set_num_threads(1);
  TrainConfig config;
  config.model = tiny_deformable();
  config.model.norm = BackboneNorm::kGroup;
  config.model.dropout = 0;
  return config;
}

// As many images of noise as `objects` has counts, 64 x 64 each, image ids from 4711 on.
inline TrainBatch noise_batch(const std::vector<int>& objects) {
  at::manual_seed(5);
  const auto count = static_cast<std::int64_t>(objects.size());
  TrainBatch batch{.pixels = at::randn({count, 3, 64, 64}),
                   .mask = at::zeros({count, 64, 64}, at::kBool)};
  for (int i = 0; i < static_cast<int>(objects.size()); ++i) {
    Target target{.image_id = {4711 + i, {}}, .orig_size = {64, 64}, .size = {64, 64}};
    for (int o = 0; o < objects[static_cast<std::size_t>(i)]; ++o) {
      const auto left = static_cast<float>(5 * o + 3 * i);
      target.objects.push_back({.box = {left, 8, left + 20, 40}, .label = (o + i) % 5});
    }
    batch.images.push_back(i);
    batch.targets.push_back(std::move(target));
  }
  return batch;
}

// Image `i` of a batch as a batch of its own.
inline TrainBatch image_of(const TrainBatch& batch, int i) {
  return {.images = {i},
          .targets = {batch.targets[static_cast<std::size_t>(i)]},
          .pixels = batch.pixels.narrow(0, i, 1),
          .mask = batch.mask.narrow(0, i, 1)};
}

using TensorMap = std::map<std::string, at::Tensor>;

// Copies of a detector's tensors by name.
inline TensorMap weights_of(Detector& detector) {
  TensorMap weights;
  for (const auto& [name, tensor] : state_dict(detector)) weights[name] = tensor.detach().clone();
  return weights;
}

// Gives every parameter a gradient of its own: noise.
inline void give_noise_gradients(const Optimizer& optimizer, std::uint64_t seed) {
  at::manual_seed(seed);
  for (const Parameter& p : all_parameters(optimizer.groups()))
    p.tensor.mutable_grad() = at::randn_like(p.tensor);
}

// All gradients of the first step of SGD without decay, flat float64 on the CPU: its momentum buffers. Undefined
// where no step was taken.
inline at::Tensor first_gradient(const Optimizer& optimizer) {
  std::vector<at::Tensor> all;
  for (const ParameterState& state : optimizer.states()) {
    if (state.momentum_buffer.defined())
      all.push_back(state.momentum_buffer.cpu().flatten().to(at::kDouble));
  }
  return all.empty() ? at::Tensor() : at::cat(all);
}

// The batch with its pixels and mask there.
inline TrainBatch on_device(TrainBatch batch, at::Device device) {
  batch.pixels = batch.pixels.to(device);
  batch.mask = batch.mask.to(device);
  return batch;
}

inline bool all_equal(const TensorMap& a, const TensorMap& b) {
  bool equal = a.size() == b.size();
  for (const auto& [name, tensor] : a)
    equal = equal && b.count(name) == 1 && tensor.equal(b.at(name));
  return equal;
}

}  // namespace saccade
