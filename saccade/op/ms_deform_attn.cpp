// The operator's front: dispatch by device, and gradients. The kernels are in cpu/ and cuda/.
//
// The registration lies beside the public function: a program that calls ms_deform_attn cannot be
// linked without it.
#include "saccade/op/ms_deform_attn.h"

#include <ATen/ATen.h>
#include <ATen/record_function.h>
#include <torch/csrc/autograd/custom_function.h>
#include <torch/library.h>

#include "saccade/op/cpu/ms_deform_attn_cpu.h"
#include "saccade/op/cuda/cuda_plugin.h"
#include "saccade/op/ms_deform_attn_checks.h"

namespace saccade {
namespace {

using at::Tensor;
using Gradients = std::tuple<Tensor, Tensor, Tensor>;
using torch::autograd::AutogradContext;
using torch::autograd::variable_list;

// ---- kernels by device ----

Tensor forward_cpu(const Tensor& value, const Tensor& shapes, const Tensor& locations,
                   const Tensor& weights) {
  check_operands(value, shapes, locations, weights);
  return ms_deform_attn_cpu(value, shapes, locations, weights);
}

Gradients backward_cpu(const Tensor& grad_out, const Tensor& value, const Tensor& shapes,
                       const Tensor& locations, const Tensor& weights) {
  check_operands(value, shapes, locations, weights);
  check_grad_out(grad_out, value, locations);
  return ms_deform_attn_backward_cpu(grad_out, value, shapes, locations, weights);
}

Tensor forward_cuda(const Tensor& value, const Tensor& shapes, const Tensor& locations,
                    const Tensor& weights) {
  check_operands(value, shapes, locations, weights);
  return cuda_plugin_table().forward(value, shapes, locations, weights);
}

// at::Context::setDeterministicAlgorithms asks for sums that have the same bits on every run.
Gradients backward_cuda(const Tensor& grad_out, const Tensor& value, const Tensor& shapes,
                        const Tensor& locations, const Tensor& weights) {
  check_operands(value, shapes, locations, weights);
  check_grad_out(grad_out, value, locations);
  return cuda_plugin_table().backward(grad_out, value, shapes, locations, weights,
                                      at::globalContext().deterministicAlgorithms());
}

Tensor predicted_cuda(const Tensor& value, const Tensor& shapes, const Tensor& references,
                      const Tensor& offsets, const Tensor& logits) {
  check_predicted(value, shapes, references, offsets, logits);
  return cuda_plugin_table().predicted(value, shapes, references, offsets, logits);
}

// torch.compile asks with sizes that are symbols: what runs later checks the numbers.
template <typename... Tensors>
bool has_symbols(const Tensors&... tensors) {
  return (tensors.unsafeGetTensorImpl()->has_symbolic_sizes_strides() || ...);
}

Tensor forward_meta(const Tensor& value, const Tensor& shapes, const Tensor& locations,
                    const Tensor& weights) {
  if (!has_symbols(value, shapes, locations, weights))
    check_operands(value, shapes, locations, weights);
  return value.new_empty_symint(
      {value.sym_size(0), locations.sym_size(1), value.sym_size(2) * value.sym_size(3)});
}

Gradients backward_meta(const Tensor& grad_out, const Tensor& value, const Tensor& shapes,
                        const Tensor& locations, const Tensor& weights) {
  if (!has_symbols(grad_out, value, shapes, locations, weights)) {
    check_operands(value, shapes, locations, weights);
    check_grad_out(grad_out, value, locations);
  }
  return {at::empty_like(value), at::empty_like(locations), at::empty_like(weights)};
}

// ---- dispatch and gradients ----

Tensor call_forward(const Tensor& value, const Tensor& shapes, const Tensor& locations,
                    const Tensor& weights) {
  static const auto op = c10::Dispatcher::singleton()
                             .findSchemaOrThrow("saccade::ms_deform_attn", "")
                             .typed<decltype(forward_cpu)>();
  return op.call(value, shapes, locations, weights);
}

Gradients call_backward(const Tensor& grad_out, const Tensor& value, const Tensor& shapes,
                        const Tensor& locations, const Tensor& weights) {
  static const auto op = c10::Dispatcher::singleton()
                             .findSchemaOrThrow("saccade::ms_deform_attn_backward", "")
                             .typed<decltype(backward_cpu)>();
  return op.call(grad_out, value, shapes, locations, weights);
}

const auto& predicted_operator() {
  static const auto kOperator = c10::Dispatcher::singleton()
                                    .findSchemaOrThrow("saccade::ms_deform_attn_predicted", "")
                                    .typed<decltype(predicted_cuda)>();
  return kOperator;
}

// The gradients as results of their own, so that a second derivative is refused, not left out.
class OnceDifferentiable : public torch::autograd::Function<OnceDifferentiable> {
 public:
  static variable_list forward(AutogradContext*, const Tensor& grad_out, const Tensor& value,
                               const Tensor& shapes, const Tensor& locations,
                               const Tensor& weights) {
    const at::AutoDispatchBelowADInplaceOrView below;
    auto [in_value, in_locations, in_weights] =
        call_backward(grad_out, value, shapes, locations, weights);
    return {in_value, in_locations, in_weights};
  }
  static variable_list backward(AutogradContext*, const variable_list&) {
    TORCH_CHECK(false, "ms_deform_attn is differentiable once; its gradients are not");
  }
};

class MsDeformAttnFunction : public torch::autograd::Function<MsDeformAttnFunction> {
 public:
  static Tensor forward(AutogradContext* ctx, const Tensor& value, const Tensor& shapes,
                        const Tensor& locations, const Tensor& weights) {
    ctx->save_for_backward({value, shapes, locations, weights});
    const at::AutoDispatchBelowADInplaceOrView below;
    return call_forward(value, shapes, locations, weights);
  }
  static variable_list backward(AutogradContext* ctx, const variable_list& grads) {
    const auto saved = ctx->get_saved_variables();
    auto [in_value, in_locations, in_weights] =
        call_backward(grads[0], saved[0], saved[1], saved[2], saved[3]);
    return {in_value, Tensor(), in_locations, in_weights};
  }
};

template <typename... Tensors>
bool wants_gradient(const Tensors&... tensors) {
  return at::GradMode::is_enabled() && (tensors.requires_grad() || ...);
}

Tensor forward_autograd(const Tensor& value, const Tensor& shapes, const Tensor& locations,
                        const Tensor& weights) {
  if (wants_gradient(value, locations, weights))
    return MsDeformAttnFunction::apply(value, shapes, locations, weights);
  const at::AutoDispatchBelowADInplaceOrView below;
  return call_forward(value, shapes, locations, weights);
}

Gradients backward_autograd(const Tensor& grad_out, const Tensor& value, const Tensor& shapes,
                            const Tensor& locations, const Tensor& weights) {
  if (wants_gradient(grad_out, value, locations, weights)) {
    const auto grads = OnceDifferentiable::apply(grad_out, value, shapes, locations, weights);
    return {grads[0], grads[1], grads[2]};
  }
  const at::AutoDispatchBelowADInplaceOrView below;
  return call_backward(grad_out, value, shapes, locations, weights);
}

TORCH_LIBRARY(saccade, m) {
  m.def(
      "ms_deform_attn(Tensor value, Tensor spatial_shapes, Tensor sampling_locations, "
      "Tensor attention_weights) -> Tensor");
  m.def(
      "ms_deform_attn_backward(Tensor grad_out, Tensor value, Tensor spatial_shapes, "
      "Tensor sampling_locations, Tensor attention_weights) -> (Tensor, Tensor, Tensor)");
  m.def(
      "ms_deform_attn_predicted(Tensor value, Tensor spatial_shapes, Tensor reference_points, "
      "Tensor offsets, Tensor logits) -> Tensor");
}

TORCH_LIBRARY_IMPL(saccade, CPU, m) {
  m.impl("ms_deform_attn", &forward_cpu);
  m.impl("ms_deform_attn_backward", &backward_cpu);
}

TORCH_LIBRARY_IMPL(saccade, CUDA, m) {
  m.impl("ms_deform_attn", &forward_cuda);
  m.impl("ms_deform_attn_backward", &backward_cuda);
  m.impl("ms_deform_attn_predicted", &predicted_cuda);
}

TORCH_LIBRARY_IMPL(saccade, Meta, m) {
  m.impl("ms_deform_attn", &forward_meta);
  m.impl("ms_deform_attn_backward", &backward_meta);
}

TORCH_LIBRARY_IMPL(saccade, Autograd, m) {
  m.impl("ms_deform_attn", &forward_autograd);
  m.impl("ms_deform_attn_backward", &backward_autograd);
}

}  // namespace

at::Tensor ms_deform_attn(const at::Tensor& value, const at::Tensor& spatial_shapes,
                          const at::Tensor& sampling_locations,
                          const at::Tensor& attention_weights) {
  return call_forward(value, spatial_shapes, sampling_locations, attention_weights);
}

at::Tensor ms_deform_attn_shifted(const at::Tensor& value, const at::Tensor& spatial_shapes,
                                  const at::Tensor& reference_points, const at::Tensor& offsets,
                                  const at::Tensor& attention_weights) {
  TORCH_CHECK(!wants_gradient(value, reference_points, offsets, attention_weights),
              "ms_deform_attn_shifted: has no gradient; use ms_deform_attn");
  RECORD_FUNCTION("saccade::ms_deform_attn_shifted", {});
  check_shifted(value, spatial_shapes, reference_points, offsets, attention_weights);
  return ms_deform_attn_shifted_cpu(value, spatial_shapes, reference_points, offsets,
                                    attention_weights);
}

at::Tensor ms_deform_attn_predicted(const at::Tensor& value, const at::Tensor& spatial_shapes,
                                    const at::Tensor& reference_points, const at::Tensor& offsets,
                                    const at::Tensor& logits) {
  TORCH_CHECK(!wants_gradient(value, reference_points, offsets, logits),
              "ms_deform_attn_predicted: has no gradient; use ms_deform_attn");
  const at::AutoDispatchBelowADInplaceOrView below;
  return predicted_operator().call(value, spatial_shapes, reference_points, offsets, logits);
}

bool predicts_samples(const at::Tensor& value) {
  if (at::GradMode::is_enabled() || value.scalar_type() == at::kDouble) return false;
  return predicted_operator().hasKernelForDispatchKey(
      c10::legacyExtractDispatchKey(value.key_set()));
}

}  // namespace saccade
