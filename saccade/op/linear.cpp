// Linear layers through oneDNN.
#include "saccade/op/linear.h"

#include <ATen/ATen.h>
#include <ATen/autocast_mode.h>
#include <c10/core/InferenceMode.h>
#include <torch/csrc/autograd/custom_function.h>

#include "saccade/op/one_dnn.h"

namespace saccade {
namespace {

using at::Tensor;
using torch::autograd::AutogradContext;
using torch::autograd::variable_list;

constexpr std::int64_t kFewRows = 2048;  // below, little time is spent here

Tensor as_rows(const Tensor& x) { return x.dim() == 2 ? x : x.reshape({-1, x.size(-1)}); }

Tensor shaped_as(const Tensor& x, const Tensor& rows) {
  if (x.dim() == 2) return rows;
  std::vector<std::int64_t> shape = x.sizes().vec();
  shape.back() = rows.size(1);
  return rows.view(shape);
}

// All that at::linear does, as one node of the graph: it leaves six behind, whose way through the dispatcher takes a
// GPU's host longer than the products take the GPU. Of LibTorch's kernels it calls the same, so the bits are the same.
class LinearFunction : public torch::autograd::Function<LinearFunction> {
 public:
  static Tensor forward(AutogradContext* ctx, const Tensor& x, const Tensor& weight,
                        const Tensor& bias, bool through_one_dnn) {
    const at::AutoDispatchBelowADInplaceOrView below;
    const c10::impl::ExcludeDispatchKeyGuard no_autocast(c10::autocast_dispatch_keyset);
    const Tensor cast = x.scalar_type() == weight.scalar_type() ? x : x.to(weight.scalar_type());
    ctx->save_for_backward({cast, weight});
    ctx->saved_data["type"] = x.scalar_type();
    ctx->saved_data["through_one_dnn"] = through_one_dnn;
    const Tensor rows = as_rows(cast);
    return shaped_as(x, through_one_dnn ? one_dnn_linear(rows, weight, bias)
                                        : at::addmm(bias, rows, weight.t()));
  }

  static variable_list backward(AutogradContext* ctx, const variable_list& grads) {
    TORCH_CHECK(!at::GradMode::is_enabled(),
                "linear is differentiable once; its gradients are not");
    const auto saved = ctx->get_saved_variables();
    const at::ScalarType type = ctx->saved_data["type"].toScalarType();
    const Tensor &x = saved[0], &weight = saved[1];
    const bool through_one_dnn = ctx->saved_data["through_one_dnn"].toBool();
    const Tensor rows = as_rows(x);
    const Tensor grad = through_one_dnn ? as_rows(grads[0]).contiguous() : as_rows(grads[0]);
    variable_list result(4);
    if (ctx->needs_input_grad(0)) {
      const Tensor in_x = through_one_dnn ? one_dnn_linear(grad, weight.t(), {}) : grad.mm(weight);
      result[0] = shaped_as(x, type == x.scalar_type() ? in_x : in_x.to(type));
    }
    if (ctx->needs_input_grad(1))
      result[1] = through_one_dnn ? one_dnn_linear(grad.t(), rows.t(), {}) : grad.t().mm(rows);
    if (ctx->needs_input_grad(2)) result[2] = grad.sum(0);
    return result;
  }
};

bool is_plain(const Tensor& x) { return x.device().is_cpu() && x.scalar_type() == at::kFloat; }

bool gains_by_one_dnn(const Tensor& x, const Tensor& weight, const Tensor& bias) {
  return is_plain(x) && is_plain(weight) && is_plain(bias) && x.numel() >= kFewRows * x.size(-1) &&
         !at::autocast::is_autocast_enabled(at::kCPU) && has_one_dnn();
}

// Under autocast x may be of float32; the weights have been cast already (cast_weight).
bool are_of_one_type(const Tensor& x, const Tensor& weight, const Tensor& bias) {
  const at::DeviceType device = x.device().type();
  const at::ScalarType type = weight.scalar_type();
  if (bias.scalar_type() != type) return false;
  if (!at::autocast::is_autocast_enabled(device)) return x.scalar_type() == type;
  return type == at::autocast::get_autocast_dtype(device) &&
         (x.scalar_type() == type || x.scalar_type() == at::kFloat);
}

// Of one image after another.
bool fuses(const Tensor& x, const Tensor& weight, const Tensor& bias) {
  return x.dim() == 3 && x.size(1) >= kFewRows && x.size(0) > 0 && bias.defined() &&
         fuses_layers(x) && weight.scalar_type() == fused_type();
}

template <typename Layer>
Tensor by_image(const Tensor& x, const Layer& layer) {
  const Tensor rows = x.contiguous();
  if (rows.size(0) == 1) return layer(rows[0], 0).unsqueeze(0);
  std::vector<Tensor> images;
  for (std::int64_t i = 0; i < rows.size(0); ++i) images.push_back(layer(rows[i], i));
  return at::stack(images);
}

}  // namespace

Tensor linear(const Tensor& x, const Tensor& weight, const Tensor& bias) {
  if (fuses(x, weight, bias))
    return by_image(
        x, [&](const Tensor& rows, std::int64_t) { return one_dnn_linear(rows, weight, bias); });
  const bool trains =
      weight.requires_grad() && at::GradMode::is_enabled() && !c10::InferenceMode::is_enabled();
  if (!trains || x.dim() < 2 || !bias.defined()) return at::linear(x, weight, bias);
  if (gains_by_one_dnn(x, weight, bias))
    return LinearFunction::apply(x.contiguous(), weight, bias, true);
  // at::linear has another way for what lies in memory otherwise, and rounds twice there.
  if (!x.is_contiguous() || !are_of_one_type(x, weight, bias)) return at::linear(x, weight, bias);
  return LinearFunction::apply(x, weight, bias, false);
}

Tensor linear_relu(const Tensor& x, const Tensor& weight, const Tensor& bias) {
  if (!fuses(x, weight, bias)) return linear(x, weight, bias).relu_();
  return by_image(x, [&](const Tensor& rows, std::int64_t) {
    return one_dnn_linear(rows, weight, bias, true);
  });
}

Tensor linear_add(const Tensor& x, const Tensor& weight, const Tensor& bias, const Tensor& added) {
  if (!fuses(x, weight, bias) || !added.is_cpu() || added.scalar_type() != fused_type())
    return added + linear(x, weight, bias);
  const Tensor other = added.contiguous();
  return by_image(x, [&](const Tensor& rows, std::int64_t image) {
    return one_dnn_linear_add(rows, weight, bias, other[image]);
  });
}

}  // namespace saccade
