// Small random detectors for tests.
#include "tests/model/tiny_models.h"

#include <ATen/ATen.h>

#include <cmath>

namespace saccade {
namespace {

bool ends_with(const std::string& text, const std::string& end) {
  return text.size() >= end.size() && text.compare(text.size() - end.size(), end.size(), end) == 0;
}

at::Tensor random_weight(const std::string& name, const at::Tensor& like) {
  const at::Tensor noise = at::randn(like.sizes());
  if (ends_with(name, "running_var")) return at::rand(like.sizes()) + 0.5;
  if (name.find("query_embed") != std::string::npos) return noise;
  if (ends_with(name, "sampling_offsets.bias")) return noise * 2;
  if (like.dim() > 1) return noise / std::sqrt(static_cast<double>(like[0].numel()));
  return ends_with(name, "weight") ? 1 + 0.1 * noise : 0.1 * noise;
}

}  // namespace

std::unique_ptr<Detector> random_detector(const ModelConfig& config, std::uint64_t seed) {
  at::manual_seed(seed);
  auto detector = make_detector(config);
  detector->visit([](const std::string& name, at::Tensor& tensor, TensorKind) {
    tensor = random_weight(name, tensor);
  });
  return detector;
}

Batch random_batch(std::int64_t height, std::int64_t width) {
  at::manual_seed(2);
  const at::Tensor pixels = at::randn({2, 3, height, width});
  at::Tensor mask = at::zeros({2, height, width}, at::kBool);
  mask[1].slice(0, height * 3 / 4).fill_(true);
  mask[1].slice(1, width * 3 / 4).fill_(true);
  return {pixels.masked_fill(mask.unsqueeze(1), 0), mask};
}

}  // namespace saccade
