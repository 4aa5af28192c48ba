// Gradients at the pixels.
#include "saccade/explain/gradient_map.h"

#include <ATen/ATen.h>
#include <ATen/core/grad_mode.h>
#include <torch/csrc/autograd/autograd.h>

namespace saccade {
namespace {

// [1, 3, h, w]; zeros where interventions leave a target that no pixel changes.
at::Tensor pixel_gradient(const at::Tensor& target, const at::Tensor& pixels, bool keeps_graph) {
  if (!target.requires_grad()) return at::zeros_like(pixels.detach());
  const at::Tensor gradient =
      torch::autograd::grad({target}, {pixels}, {}, keeps_graph, false, /*allow_unused=*/true)[0];
  return gradient.defined() ? gradient : at::zeros_like(pixels.detach());
}

}  // namespace

std::vector<AttributionMap> gradient_maps(const AttributedImage& image,
                                          std::span<const AttributionTarget> targets) {
  for (const AttributionTarget& target : targets)
    image.value_of(target, image.output());  // throws for one that does not exist
  const at::AutoGradMode with_graph(true);
  const at::Tensor pixels = image.pixels().detach().clone().requires_grad_(true);
  const ModelOutput output = image.decode(image.encode(pixels, nullptr), nullptr);
  std::vector<AttributionMap> maps;
  for (const AttributionTarget& target : targets) {
    const bool is_last = &target == &targets.back();
    const at::Tensor gradient = pixel_gradient(image.value_of(target, output), pixels, !is_last);
    maps.push_back({.map = image.input_on_photo(gradient[0].square().sum(0).sqrt())});
  }
  return maps;
}

}  // namespace saccade
