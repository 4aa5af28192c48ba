// Layers of the deformable transformer.
#include "saccade/model/deformable_transformer.h"

#include <ATen/ATen.h>

namespace saccade {

DeformableEncoderLayer::DeformableEncoderLayer(const ModelConfig& c)
    : self_attn(c.hidden_dim, c.nheads, c.num_feature_levels, c.enc_n_points),
      norm1(c.hidden_dim),
      norm2(c.hidden_dim),
      linear1(c.hidden_dim, c.dim_feedforward),
      linear2(c.dim_feedforward, c.hidden_dim) {}

void DeformableEncoderLayer::visit(const std::string& prefix, const TensorVisitor& visitor) {
  self_attn.visit(prefix + "self_attn.", visitor);
  norm1.visit(prefix + "norm1.", visitor);
  linear1.visit(prefix + "linear1.", visitor);
  linear2.visit(prefix + "linear2.", visitor);
  norm2.visit(prefix + "norm2.", visitor);
}

DeformableDecoderLayer::DeformableDecoderLayer(const ModelConfig& c)
    : cross_attn(c.hidden_dim, c.nheads, c.num_feature_levels, c.dec_n_points),
      self_attn(c.hidden_dim, c.nheads),
      norm1(c.hidden_dim),
      norm2(c.hidden_dim),
      norm3(c.hidden_dim),
      linear1(c.hidden_dim, c.dim_feedforward),
      linear2(c.dim_feedforward, c.hidden_dim) {}

void DeformableDecoderLayer::visit(const std::string& prefix, const TensorVisitor& visitor) {
  cross_attn.visit(prefix + "cross_attn.", visitor);
  norm1.visit(prefix + "norm1.", visitor);
  self_attn.visit(prefix + "self_attn.", visitor);
  norm2.visit(prefix + "norm2.", visitor);
  linear1.visit(prefix + "linear1.", visitor);
  linear2.visit(prefix + "linear2.", visitor);
  norm3.visit(prefix + "norm3.", visitor);
}

namespace {

// x + drop(branch): without dropout the branch's last layer adds x.
template <typename Branch>
at::Tensor with_residual(const Mode& mode, const at::Tensor& x, const Branch& branch) {
  return mode.drops() ? mode.add(x, branch(at::Tensor())) : branch(x);
}

}  // namespace

at::Tensor run_encoder_layer(const DeformableEncoderLayer& layer, int number,
                             const EncoderInput& input, const Mode& mode, AttentionHook* hook) {
  const auto attend = [&](const at::Tensor& residual) {
    return layer.self_attn({.query = input.tokens + input.positions,
                            .reference_points = input.reference_points,
                            .memory = input.tokens,
                            .residual = residual,
                            .spatial_shapes = input.spatial_shapes,
                            .level_sizes = input.level_sizes,
                            .padding_mask = input.padding_mask,
                            .site = AttentionSite::kEncoderSelf,
                            .layer = number},
                           hook);
  };
  const at::Tensor x = layer.norm1(skips(hook, Branch::kEncoderSelf, number)
                                       ? input.tokens
                                       : with_residual(mode, input.tokens, attend));
  if (skips(hook, Branch::kEncoderFfn, number)) return layer.norm2(x);
  return layer.norm2(add_feed_forward(layer.linear1, layer.linear2, x, mode));
}

at::Tensor run_decoder_layer(const DeformableDecoderLayer& layer, int number,
                             const DecoderInput& input, const Mode& mode, AttentionHook* hook) {
  const Memory& memory = input.memory;
  const at::Tensor& target = input.target;
  const auto share = [&] {
    const at::Tensor with_pos = target + input.query_pos;
    return layer.self_attn({.query = with_pos,
                            .key = with_pos,
                            .value = target,
                            .key_padding_mask = {},
                            .site = AttentionSite::kDecoderSelf,
                            .layer = number},
                           mode, hook);
  };
  const auto look = [&](const at::Tensor& x, const at::Tensor& residual) {
    return layer.cross_attn(
        {.query = x + input.query_pos,
         .reference_points = input.reference_points,
         .memory = memory.tokens,
         .value =
             memory.values.empty() ? at::Tensor() : memory.values[static_cast<std::size_t>(number)],
         .unprojected = input.unprojected,
         .residual = residual,
         .spatial_shapes = memory.spatial_shapes,
         .level_sizes = memory.level_sizes,
         .padding_mask = memory.padding_mask,
         .site = AttentionSite::kDecoderCross,
         .layer = number},
        hook);
  };
  const auto without = [&](Branch branch) { return skips(hook, branch, number); };
  at::Tensor x = layer.norm2(without(Branch::kDecoderSelf) ? target : mode.add(target, share()));
  const auto look_from_x = [&](const at::Tensor& residual) { return look(x, residual); };
  x = layer.norm1(without(Branch::kDecoderCross) ? x : with_residual(mode, x, look_from_x));
  if (without(Branch::kDecoderFfn)) return layer.norm3(x);
  return layer.norm3(add_feed_forward(layer.linear1, layer.linear2, x, mode));
}

at::Tensor level_sizes_on(at::Device device, const at::Tensor& spatial_shapes) {
  const auto shapes = spatial_shapes.accessor<std::int64_t, 2>();
  const at::Tensor sizes =
      at::empty(spatial_shapes.sizes(), spatial_shapes.options().device(device));
  for (std::int64_t l = 0; l < spatial_shapes.size(0); ++l) {
    sizes.select(0, l).select(0, 0).fill_(shapes[l][1]);
    sizes.select(0, l).select(0, 1).fill_(shapes[l][0]);
  }
  return sizes;
}

at::Tensor encoder_reference_points(const at::Tensor& spatial_shapes,
                                    const at::Tensor& valid_ratios) {
  const auto shapes = spatial_shapes.accessor<std::int64_t, 2>();
  std::vector<at::Tensor> levels;
  for (std::int64_t l = 0; l < spatial_shapes.size(0); ++l) {
    const auto height = shapes[l][0];
    const auto width = shapes[l][1];
    const auto centres = [&](std::int64_t n) {
      return at::arange(n, valid_ratios.options()) + 0.5;
    };
    const at::Tensor ratio = valid_ratios.select(1, l);  // [N, 2] (w, h)
    const at::Tensor y =
        centres(height).view({1, -1, 1}) / (ratio.select(1, 1) * height).view({-1, 1, 1});
    const at::Tensor x =
        centres(width).view({1, 1, -1}) / (ratio.select(1, 0) * width).view({-1, 1, 1});
    levels.push_back(at::stack(at::broadcast_tensors({x, y}), -1).flatten(1, 2));
  }
  return at::cat(levels, 1).unsqueeze(2) * valid_ratios.unsqueeze(1);
}

at::Tensor valid_ratio(const at::Tensor& mask) {
  const at::Tensor valid = mask.logical_not();
  const at::Tensor height = valid.select(2, 0).sum(1).to(at::kFloat) / mask.size(1);
  const at::Tensor width = valid.select(1, 0).sum(1).to(at::kFloat) / mask.size(2);
  return at::stack({width, height}, -1);
}

}  // namespace saccade
