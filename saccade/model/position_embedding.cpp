// Sine and learned position embeddings.
#include "saccade/model/position_embedding.h"

#include <ATen/ATen.h>

#include <cmath>

#include "saccade/core/error.h"

namespace saccade {
namespace {

constexpr double kTemperature = 10000;
constexpr double kTwoPi = 2 * M_PI;

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

at::Tensor SinePositions::operator()(const at::Tensor& mask) const {
  const at::Tensor valid = mask.logical_not();
  at::Tensor y = valid.cumsum(1, at::kFloat);
  at::Tensor x = valid.cumsum(2, at::kFloat);
  if (normalise) {
    constexpr double kEpsilon = 1e-6;
    y = (y - half_cell_shift) / (y.narrow(1, -1, 1) + kEpsilon) * kTwoPi;
    x = (x - half_cell_shift) / (x.narrow(2, -1, 1) + kEpsilon) * kTwoPi;
  }
  const at::Tensor divisor = frequencies(features, mask);
  const at::Tensor both =
      at::cat({interleaved(y.unsqueeze(-1) / divisor), interleaved(x.unsqueeze(-1) / divisor)}, -1);
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
