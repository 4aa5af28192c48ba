// Two-stage proposals.
#include "saccade/model/two_stage.h"

#include <ATen/ATen.h>

#include <limits>

namespace saccade {

TwoStage::TwoStage(std::int64_t channels)
    : enc_output(channels, channels),
      pos_trans(2 * channels, 2 * channels),
      enc_output_norm(channels),
      pos_trans_norm(2 * channels) {}

void TwoStage::visit(const std::string& prefix, const TensorVisitor& visitor) {
  enc_output.visit(prefix + "enc_output.", visitor);
  enc_output_norm.visit(prefix + "enc_output_norm.", visitor);
  pos_trans.visit(prefix + "pos_trans.", visitor);
  pos_trans_norm.visit(prefix + "pos_trans_norm.", visitor);
}

std::pair<at::Tensor, at::Tensor> proposal_grid(const at::Tensor& padding_mask,
                                                const at::Tensor& spatial_shapes) {
  constexpr double kSmallestBox = 0.05;
  const auto shapes = spatial_shapes.accessor<std::int64_t, 2>();
  const auto options = padding_mask.options().dtype(at::kFloat);
  std::vector<at::Tensor> levels;
  std::int64_t start = 0;
  for (std::int64_t l = 0; l < spatial_shapes.size(0); ++l) {
    const auto height = shapes[l][0];
    const auto width = shapes[l][1];
    const at::Tensor valid =
        padding_mask.narrow(1, start, height * width).view({-1, height, width}).logical_not();
    const at::Tensor rows = valid.select(2, 0).sum(1).view({-1, 1, 1});
    const at::Tensor columns = valid.select(1, 0).sum(1).view({-1, 1, 1});
    const at::Tensor y = (at::arange(height, options).view({1, -1, 1}) + 0.5) / rows;
    const at::Tensor x = (at::arange(width, options).view({1, 1, -1}) + 0.5) / columns;
    const at::Tensor size =
        at::full({1, 1, 1}, kSmallestBox * static_cast<double>(1 << l), options);
    const auto grid = at::broadcast_tensors({x, y, size, size});
    levels.push_back(at::stack(grid, -1).flatten(1, 2));
    start += height * width;
  }
  const at::Tensor boxes = at::cat(levels, 1);
  const at::Tensor inside = (boxes > 0.01).logical_and(boxes < 0.99).all(-1);
  return {boxes, inside.logical_and(padding_mask.logical_not())};
}

Proposals TwoStage::propose(const at::Tensor& tokens, const at::Tensor& padding_mask,
                            const at::Tensor& spatial_shapes) const {
  const auto [boxes, stands] = proposal_grid(padding_mask, spatial_shapes);
  const at::Tensor rejected = stands.logical_not().unsqueeze(-1);
  const at::Tensor unact = at::log(boxes / (1 - boxes));
  return {enc_output_norm(enc_output(tokens.masked_fill(rejected, 0))),
          unact.masked_fill(rejected, std::numeric_limits<double>::infinity())};
}

}  // namespace saccade
