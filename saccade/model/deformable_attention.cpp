// The multi-scale deformable attention module.
#include "saccade/model/deformable_attention.h"

#include <ATen/ATen.h>
#include <c10/core/InferenceMode.h>
#include <torch/csrc/autograd/custom_function.h>

#include "saccade/op/autocast.h"
#include "saccade/op/linear.h"
#include "saccade/op/ms_deform_attn.h"
#include "saccade/op/one_dnn.h"
#include "saccade/op/weight_casts.h"

namespace saccade {
namespace {

using torch::autograd::AutogradContext;
using torch::autograd::variable_list;

// Where each query looks and how much each place weighs, as one node of the graph rather than ten. The references are
// points (2-d), which offsets in cells shift: `centre` [N, Q, 1, L, 1, 2], `shape` [N, Q, M, L, P]. Eight bits of
// bfloat16 would tell 256 places of a level apart: all is computed in the type of `centre` or a wider one.
class SamplesFunction : public torch::autograd::Function<SamplesFunction> {
 public:
  static variable_list forward(AutogradContext* ctx, const at::Tensor& offsets,
                               const at::Tensor& logits, const at::Tensor& centre,
                               const at::Tensor& cells, const std::vector<std::int64_t>& shape) {
    const at::AutoDispatchBelowADInplaceOrView below;
    const auto exact = c10::promoteTypes(offsets.scalar_type(), centre.scalar_type());
    const at::Tensor weights = at::_softmax(
        logits.to(exact).view({shape[0], shape[1], shape[2], shape[3] * shape[4]}), -1, false);
    ctx->save_for_backward({weights, cells});
    ctx->saved_data["type"] = offsets.scalar_type();
    ctx->saved_data["centre"] = centre.scalar_type();
    const at::Tensor shifts =
        offsets.to(exact).view({shape[0], shape[1], shape[2], shape[3], shape[4], 2});
    return {centre + shifts / cells, weights.view(shape)};
  }

  static variable_list backward(AutogradContext* ctx, const variable_list& grads) {
    TORCH_CHECK(!at::GradMode::is_enabled(),
                "sampling locations are differentiable once; their gradients are not");
    const auto saved = ctx->get_saved_variables();
    const at::Tensor &weights = saved[0], &cells = saved[1];
    const at::ScalarType type = ctx->saved_data["type"].toScalarType();
    const std::int64_t batch = weights.size(0), queries = weights.size(1);
    variable_list result(5);
    result[0] = (grads[0] / cells).to(type).view({batch, queries, -1});
    result[1] = at::_softmax_backward_data(grads[1].view(weights.sizes()), weights, -1,
                                           weights.scalar_type())
                    .to(type)
                    .view({batch, queries, -1});
    if (ctx->needs_input_grad(2))
      result[2] = grads[0].sum({2, 4}, true).to(ctx->saved_data["centre"].toScalarType());
    return result;
  }
};

// Where one memory serves a batch of queries, they are the queries of one image: no query knows of another here.
at::Tensor attend(const at::Tensor& value, const at::Tensor& spatial_shapes,
                  const at::Tensor& places, const at::Tensor& weights) {
  if (value.size(0) == weights.size(0))
    return ms_deform_attn(value, spatial_shapes, places, weights);
  const auto of_one = [](const at::Tensor& x) { return x.flatten(0, 1).unsqueeze(0); };
  return ms_deform_attn(value, spatial_shapes, of_one(places), of_one(weights))
      .view({weights.size(0), weights.size(1), -1});
}

// Where the host can see that nothing is padding, nothing is copied.
bool pads(const at::Tensor& padding_mask) {
  return padding_mask.defined() && !(padding_mask.is_cpu() && !padding_mask.any().item<bool>());
}

}  // namespace

at::Tensor sampling_locations_of(const at::Tensor& reference, const at::Tensor& offsets,
                                 const at::Tensor& level_sizes) {
  const at::Tensor centre =
      reference.narrow(-1, 0, 2).unsqueeze(2).unsqueeze(4);  // [N, Q, 1, L, 1, 2]
  if (reference.size(-1) == 2) return centre + offsets / level_sizes.view({1, 1, 1, -1, 1, 2});
  const at::Tensor size = reference.narrow(-1, 2, 2).unsqueeze(2).unsqueeze(4);
  return centre + offsets / static_cast<double>(offsets.size(4)) * size * 0.5;
}

DeformableAttention::DeformableAttention(std::int64_t channels, int m, int l, int p)
    : sampling_offsets(channels, std::int64_t{2} * m * l * p),
      attention_weights(channels, std::int64_t{1} * m * l * p),
      value_proj(channels, channels),
      output_proj(channels, channels),
      heads(m),
      levels(l),
      points(p) {}

at::Tensor DeformableAttention::value_of(const at::Tensor& memory,
                                         const at::Tensor& padding_mask) const {
  at::Tensor value = value_proj(memory);
  if (pads(padding_mask)) value = value.masked_fill(padding_mask.unsqueeze(-1), 0);
  return value.view({memory.size(0), -1, heads, value.size(-1) / heads});
}

UnprojectedMemory DeformableAttention::sample_first(const at::Tensor& memory,
                                                    const at::Tensor& padding_mask,
                                                    std::int64_t queries) const {
  // A row that is sampled takes as long as some four rows of a matrix product.
  constexpr std::int64_t kCorners = 4, kTimes = 4, kVector = 16;
  const std::int64_t tokens = memory.size(1), channels = memory.size(2);
  const std::int64_t rows_of_head =
      kTimes * kCorners * levels * points + value_proj.bias.size(0) / heads;
  if (!fuses_layers(memory) || memory.scalar_type() != at::kFloat ||
      queries * heads * rows_of_head >= tokens * channels)
    return {};
  at::Tensor rows = memory, is_token = at::ones({memory.size(0), tokens, 1, kVector});
  if (pads(padding_mask)) {
    rows = rows.masked_fill(padding_mask.unsqueeze(-1), 0);
    is_token.masked_fill_(padding_mask.unsqueeze(-1).unsqueeze(-1), 0);
  }
  return {rows.unsqueeze(2), is_token};
}

// A head's part of the projection of what it sampled, and the bias as often as a token was there: [N, Q, C].
at::Tensor DeformableAttention::projected_samples(const UnprojectedMemory& memory,
                                                  const at::Tensor& spatial_shapes,
                                                  const at::Tensor& locations,
                                                  const at::Tensor& weights) const {
  const std::int64_t batch = weights.size(0), queries = weights.size(1);
  const NoAutocast exact(at::kCPU);
  // To the operator every head of a query is a query of its own.
  const auto by_head = [](const at::Tensor& x) { return x.flatten(1, 2).unsqueeze(2); };
  const at::Tensor places = by_head(locations), shares = by_head(weights);
  const at::Tensor sampled =
      attend(memory.tokens, spatial_shapes, places, shares).view({batch, queries, heads, -1});
  const at::Tensor there = attend(memory.is_token, spatial_shapes, places, shares)
                               .view({batch, queries, heads, -1})
                               .narrow(-1, 0, 1);
  const at::Tensor weight = value_proj.weight.view({heads, -1, sampled.size(-1)});
  at::Tensor output = at::matmul(sampled.transpose(1, 2), weight.transpose(1, 2)).transpose(1, 2);
  output = output.addcmul(there, value_proj.bias.view({heads, -1}));
  return output.reshape({batch, queries, -1});
}

std::pair<at::Tensor, at::Tensor> DeformableAttention::predict(const at::Tensor& query) const {
  if (!fuses_layers(query)) return {sampling_offsets(query), attention_weights(query)};
  const Linear &first = sampling_offsets, &second = attention_weights;
  const auto joined = kept({first.weight, first.bias, second.weight, second.bias}, [&] {
    return std::vector<at::Tensor>{at::cat({first.weight, second.weight}).to(fused_type()),
                                   at::cat({first.bias, second.bias})};
  });
  const at::Tensor both = linear(query, joined[0], joined[1]);
  const std::int64_t offsets = first.bias.size(0);
  return {both.narrow(-1, 0, offsets), both.narrow(-1, offsets, second.bias.size(0))};
}

// With locations and weights as tensors of their own, which the hook may see and change.
at::Tensor DeformableAttention::attended_openly(const Input& input, const at::Tensor& value,
                                                const at::Tensor& offsets,
                                                const at::Tensor& weights,
                                                AttentionHook* hook) const {
  DeformableAttentionCall call{
      .site = input.site,
      .layer = input.layer,
      .value = value,
      .reference_points = input.reference_points,
      .sampling_locations =
          sampling_locations_of(input.reference_points, offsets, input.level_sizes),
      .attention_weights = weights,
      .offset_bias = sampling_offsets.bias.view({heads, levels, points, 2}),
      .level_sizes = input.level_sizes};
  if (hook != nullptr) hook->on_deformable(call);
  const auto of_value = [&](const DeformableAttentionCall& c) {
    return attend(c.value, input.spatial_shapes, c.sampling_locations, c.attention_weights);
  };
  // What a hook made of the value is what counts.
  const bool samples_first = input.unprojected.defined() && call.value.is_same(value);
  at::Tensor output = samples_first
                          ? projected_samples(input.unprojected, input.spatial_shapes,
                                              call.sampling_locations, call.attention_weights)
                          : of_value(call);
  if (hook != nullptr) hook->on_deformable_output(call, output);
  return output;
}

// What the heads give, [N, Q, C]: where nobody looks, without writing down what lies between.
at::Tensor DeformableAttention::attended(const Input& input, AttentionHook* hook) const {
  const std::int64_t batch = input.query.size(0), queries = input.query.size(1);
  const bool samples_first = input.unprojected.defined();
  at::Tensor value = input.value;
  if (!value.defined() && !(samples_first && hook == nullptr))
    value = value_of(input.memory, input.padding_mask);
  const auto [flat_offsets, flat_logits] = predict(input.query);
  const bool refers_to_points = input.reference_points.size(-1) == 2;
  if (hook == nullptr && at::GradMode::is_enabled() && refers_to_points) {
    const auto samples = SamplesFunction::apply(
        flat_offsets, flat_logits, input.reference_points.unsqueeze(2).unsqueeze(4),
        input.level_sizes.view({1, 1, 1, -1, 1, 2}),
        std::vector<std::int64_t>{batch, queries, heads, levels, points});
    return ms_deform_attn(value, input.spatial_shapes, samples[0], samples[1]);
  }
  const at::Tensor raw_offsets = flat_offsets.view({batch, queries, heads, levels, points, 2});
  const at::Tensor raw_logits = flat_logits.view({batch, queries, heads, levels, points});
  const bool is_unseen = hook == nullptr && !samples_first && value.size(0) == batch &&
                         input.reference_points.scalar_type() == at::kFloat;
  if (is_unseen && predicts_samples(value) && raw_offsets.scalar_type() == value.scalar_type()) {
    return ms_deform_attn_predicted(value, input.spatial_shapes, input.reference_points,
                                    raw_offsets, raw_logits);
  }
  // Eight bits of bfloat16 would tell 256 places of a level apart.
  const auto exact =
      c10::promoteTypes(raw_offsets.scalar_type(), input.reference_points.scalar_type());
  const at::Tensor weights = at::softmax(raw_logits.to(exact).flatten(-2), -1)
                                 .view({batch, queries, heads, levels, points});
  const bool shifts = is_unseen && refers_to_points && c10::InferenceMode::is_enabled() &&
                      value.is_cpu() && value.scalar_type() != at::kDouble && exact == at::kFloat &&
                      raw_offsets.scalar_type() != at::kHalf;
  if (shifts) {
    return ms_deform_attn_shifted(value, input.spatial_shapes, input.reference_points, raw_offsets,
                                  weights);
  }
  return attended_openly(input, value, raw_offsets.to(exact), weights, hook);
}

at::Tensor DeformableAttention::operator()(const Input& input, AttentionHook* hook) const {
  const bool is_watched = hook != nullptr && hook->wants_deformable(input.site, input.layer);
  const at::Tensor output = attended(input, is_watched ? hook : nullptr);
  return input.residual.defined() ? output_proj.plus(output, input.residual) : output_proj(output);
}

void DeformableAttention::visit(const std::string& prefix, const TensorVisitor& visitor) {
  sampling_offsets.visit(prefix + "sampling_offsets.", visitor);
  attention_weights.visit(prefix + "attention_weights.", visitor);
  value_proj.visit(prefix + "value_proj.", visitor);
  output_proj.visit(prefix + "output_proj.", visitor);
}

}  // namespace saccade
