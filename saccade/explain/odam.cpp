// ODAM on the encoder's memory.
#include "saccade/explain/odam.h"

#include <ATen/ATen.h>
#include <ATen/core/grad_mode.h>

#include <vector>

namespace saccade {
namespace {

// Along one axis: weights of 5 cells, which add up to 1.
at::Tensor gaussian(const at::TensorOptions& like) {
  constexpr double kSigma = 1;
  const at::Tensor at_cell = at::arange(-2, 3, like);
  const at::Tensor weights = (-at_cell.square() / (2 * kSigma * kSigma)).exp();
  return weights / weights.sum();
}

// [H, W, C], each channel by itself.
at::Tensor smooth(const at::Tensor& map) {
  const at::Tensor weights = gaussian(map.options());
  const at::Tensor channels = map.permute({2, 0, 1}).unsqueeze(1);  // [C, 1, H, W]
  const std::vector<std::int64_t> one{1, 1}, above{2, 0}, beside{0, 2};
  const at::Tensor down = at::conv2d(channels, weights.view({1, 1, 5, 1}), {}, one, above);
  const at::Tensor both = at::conv2d(down, weights.view({1, 1, 1, 5}), {}, one, beside);
  return both.squeeze(1).permute({1, 2, 0});
}

// Of the target at the memory's tokens, [S, C].
at::Tensor memory_gradient(const AttributedImage& image, const AttributionTarget& target) {
  image.value_of(target, image.output());  // throws for one that does not exist
  const at::AutoGradMode with_graph(true);
  Memory memory = image.memory();
  memory.values.clear();  // they are computed from the tokens, within the graph
  memory.tokens = memory.tokens.detach().clone().requires_grad_(true);
  take_gradient(image.value_of(target, image.decode(memory, nullptr)));
  const at::Tensor gradient = memory.tokens.grad();
  return gradient.defined() ? gradient[0] : at::zeros_like(memory.tokens.detach()[0]);
}

}  // namespace

AttributionMap odam_map(const AttributedImage& image, const AttributionTarget& target) {
  const at::Tensor gradient = memory_gradient(image, target);
  const at::AutoGradMode no_graph(false);
  AttributionMap map;
  std::int64_t start = 0;
  for (const LevelShape& level : image.memory().levels) {
    const auto cells_of = [&](const at::Tensor& tokens) {
      return tokens.narrow(0, start, level.cells()).view({level.height, level.width, -1});
    };
    const at::Tensor features = cells_of(image.memory().tokens[0]);
    map.levels.push_back(
        (smooth(cells_of(gradient)) * features).sum(-1).clamp_min(0).to(at::kCPU, at::kDouble));
    start += level.cells();
  }
  map.map = image.on_photo(map.levels);
  return map;
}

}  // namespace saccade
