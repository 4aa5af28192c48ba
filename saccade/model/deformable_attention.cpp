// The multi-scale deformable attention module.
#include "saccade/model/deformable_attention.h"

#include <ATen/ATen.h>
#include <c10/core/InferenceMode.h>
#include <torch/csrc/autograd/custom_function.h>

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
at::Tensor attend(const DeformableAttentionCall& call, const at::Tensor& spatial_shapes) {
  const at::Tensor &places = call.sampling_locations, &weights = call.attention_weights;
  if (call.value.size(0) == weights.size(0))
    return ms_deform_attn(call.value, spatial_shapes, places, weights);
  const auto of_one = [](const at::Tensor& x) { return x.flatten(0, 1).unsqueeze(0); };
  return ms_deform_attn(call.value, spatial_shapes, of_one(places), of_one(weights))
      .view({weights.size(0), weights.size(1), -1});
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
  // Where the host can see that nothing is padding, nothing is copied.
  const bool pads =
      padding_mask.defined() && !(padding_mask.is_cpu() && !padding_mask.any().item<bool>());
  if (pads) value = value.masked_fill(padding_mask.unsqueeze(-1), 0);
  return value.view({memory.size(0), -1, heads, value.size(-1) / heads});
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
  at::Tensor output = attend(call, input.spatial_shapes);
  if (hook != nullptr) hook->on_deformable_output(call, output);
  return output;
}

// What the heads give, [N, Q, C]: where nobody looks, without writing down what lies between.
at::Tensor DeformableAttention::attended(const Input& input, AttentionHook* hook) const {
  const std::int64_t batch = input.query.size(0), queries = input.query.size(1);
  const at::Tensor value =
      input.value.defined() ? input.value : value_of(input.memory, input.padding_mask);
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
  const bool is_unseen = hook == nullptr && value.size(0) == batch &&
                         input.reference_points.scalar_type() == at::kFloat;
  if (is_unseen && predicts_samples(value) && raw_offsets.scalar_type() == value.scalar_type()) {
    return ms_deform_attn_predicted(value, input.spatial_shapes, input.reference_points,
                                    raw_offsets, raw_logits);
  }
  // Eight bits of bfloat16 would tell 256 places of a level apart.
  const auto exact =
      c10::promoteTypes(raw_offsets.scalar_type(), input.reference_points.scalar_type());
  const at::Tensor offsets = raw_offsets.to(exact);
  const at::Tensor weights = at::softmax(raw_logits.to(exact).flatten(-2), -1)
                                 .view({batch, queries, heads, levels, points});
  const bool shifts = is_unseen && refers_to_points && c10::InferenceMode::is_enabled() &&
                      value.is_cpu() && value.scalar_type() != at::kDouble && exact == at::kFloat;
  if (shifts) {
    return ms_deform_attn_shifted(value, input.spatial_shapes, input.reference_points, offsets,
                                  weights);
  }
  return attended_openly(input, value, offsets, weights, hook);
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
