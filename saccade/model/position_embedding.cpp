// Sine and learned position embeddings.
#include "saccade/model/position_embedding.h"

#include <ATen/ATen.h>

#include <cmath>

#include "saccade/core/error.h"

namespace saccade {
namespace {

constexpr double kTemperature = 10000;
constexpr double kTwoPi = 2 * M_PI;
constexpr double kEpsilon = 1e-6;

// d_k = T^(2 floor(k / 2) / F), float32 as in the official code.
at::Tensor frequencies(std::int64_t features, const at::Tensor& like) {
  const at::Tensor k = at::arange(features, like.options().dtype(at::kFloat));
  return at::pow(kTemperature, at::floor(k / 2) * 2 / static_cast<double>(features));
}

// [..., F] angles -> [..., F], sine on even and cosine on odd features.
at::Tensor interleaved(const at::Tensor& angles) {
  const auto even = angles.slice(-1, 0, std::nullopt, 2);
  const auto odd = angles.slice(-1, 1, std::nullopt, 2);
  return at::stack({even.sin(), odd.cos()}, -1).flatten(-2);
}

}  // namespace

// Places along a side, counted from 1, the end of which is `last`: their sines and cosines, [..., F].
at::Tensor SinePositions::waves(at::Tensor places, const at::Tensor& last) const {
  if (normalise) places = (places - half_cell_shift) / (last + kEpsilon) * kTwoPi;
  return interleaved(places.unsqueeze(-1) / frequencies(features, places));
}

// Without padding a cell's row and column say all: the sines of H + W places rather than of H W.
at::Tensor SinePositions::of_full_map(const at::Tensor& mask) const {
  const auto height = mask.size(1), width = mask.size(2);
  const auto places = [&](std::int64_t n) {
    return at::arange(1, n + 1, mask.options().dtype(at::kFloat));
  };
  const auto side = [&](std::int64_t n) { return waves(places(n), places(n).narrow(0, -1, 1)); };
  const at::Tensor rows = side(height).view({1, height, 1, features});
  const at::Tensor columns = side(width).view({1, 1, width, features});
  const auto spread = [&](const at::Tensor& x) { return x.expand({1, height, width, features}); };
  return at::cat({spread(rows), spread(columns)}, -1)
      .permute({0, 3, 1, 2})
      .expand({mask.size(0), -1, -1, -1});
}

at::Tensor SinePositions::operator()(const at::Tensor& mask) const {
  if (mask.is_cpu() && !mask.any().item<bool>()) return of_full_map(mask);
  const at::Tensor valid = mask.logical_not();
  const at::Tensor y = valid.cumsum(1, at::kFloat);
  const at::Tensor x = valid.cumsum(2, at::kFloat);
  const at::Tensor both = at::cat({waves(y, y.narrow(1, -1, 1)), waves(x, x.narrow(2, -1, 1))}, -1);
  return both.permute({0, 3, 1, 2});
}

LearnedPositions::LearnedPositions(std::int64_t features)
    : row_embed(at::empty({50, features})), col_embed(at::empty({50, features})) {}

at::Tensor LearnedPositions::operator()(const at::Tensor& mask) const {
  const auto height = mask.size(1);
  const auto width = mask.size(2);
  if (height > row_embed.size(0) || width > col_embed.size(0)) {
    throw Error(text_of("learned positions reach ", row_embed.size(0), " x ", col_embed.size(0),
                        " cells, this map has ", height, " x ", width, "; make the image smaller"));
  }
  const at::Tensor columns = col_embed.narrow(0, 0, width).unsqueeze(0).expand({height, -1, -1});
  const at::Tensor rows = row_embed.narrow(0, 0, height).unsqueeze(1).expand({-1, width, -1});
  return at::cat({columns, rows}, -1)
      .permute({2, 0, 1})
      .unsqueeze(0)
      .expand({mask.size(0), -1, -1, -1});
}

void LearnedPositions::visit(const std::string& prefix, const TensorVisitor& visitor) {
  visitor(prefix + "row_embed.weight", row_embed, TensorKind::kParameter);
  visitor(prefix + "col_embed.weight", col_embed, TensorKind::kParameter);
}

at::Tensor resize_mask(const at::Tensor& mask, std::int64_t height, std::int64_t width) {
  return at::upsample_nearest2d(mask.unsqueeze(1).to(at::kFloat), {height, width})
      .squeeze(1)
      .to(at::kBool);
}

at::Tensor proposal_positions(const at::Tensor& boxes_unactivated) {
  constexpr std::int64_t kFeatures = 128;
  const at::Tensor scaled = boxes_unactivated.sigmoid() * kTwoPi;
  return interleaved(scaled.unsqueeze(-1) / frequencies(kFeatures, scaled)).flatten(2);
}

}  // namespace saccade
