// Linear layers through oneDNN.
#include "saccade/op/linear.h"

#include <ATen/ATen.h>
#include <ATen/autocast_mode.h>
#include <ATen/core/dispatch/Dispatcher.h>
#include <c10/core/InferenceMode.h>
#include <torch/csrc/autograd/custom_function.h>

namespace saccade {
namespace {

using at::Tensor;
using torch::autograd::AutogradContext;
using torch::autograd::variable_list;

constexpr std::int64_t kFewRows = 2048;  // below, little time is spent here

using OneDnnLinear = Tensor(const Tensor&, const Tensor&, const std::optional<Tensor>&,
                            c10::string_view, c10::List<std::optional<at::Scalar>>,
                            std::optional<c10::string_view>);

// LibTorch's own operator; null where it was built without oneDNN.
const c10::TypedOperatorHandle<OneDnnLinear>* one_dnn() {
  static const auto kOperator = []() -> std::optional<c10::TypedOperatorHandle<OneDnnLinear>> {
    const auto found = c10::Dispatcher::singleton().findSchema({"mkldnn::_linear_pointwise", ""});
    if (!found) return std::nullopt;
    return found->typed<OneDnnLinear>();
  }();
  return kOperator ? &*kOperator : nullptr;
}

// x w^T + b of matrices, either of which may be the transpose of what lies in memory.
Tensor product(const Tensor& x, const Tensor& w, const std::optional<Tensor>& b = std::nullopt) {
  return one_dnn()->call(x, w, b, "none", c10::List<std::optional<at::Scalar>>(), "");
}

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
    return shaped_as(
        x, through_one_dnn ? product(rows, weight, bias) : at::addmm(bias, rows, weight.t()));
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
      const Tensor in_x = through_one_dnn ? product(grad, weight.t()) : grad.mm(weight);
      result[0] = shaped_as(x, type == x.scalar_type() ? in_x : in_x.to(type));
    }
    if (ctx->needs_input_grad(1))
      result[1] = through_one_dnn ? product(grad.t(), rows.t()) : grad.t().mm(rows);
    if (ctx->needs_input_grad(2)) result[2] = grad.sum(0);
    return result;
  }
};

bool is_plain(const Tensor& x) { return x.device().is_cpu() && x.scalar_type() == at::kFloat; }

bool gains_by_one_dnn(const Tensor& x, const Tensor& weight, const Tensor& bias) {
  return is_plain(x) && is_plain(weight) && is_plain(bias) && x.numel() >= kFewRows * x.size(-1) &&
         !at::autocast::is_autocast_enabled(at::kCPU) && one_dnn() != nullptr;
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

}  // namespace

Tensor linear(const Tensor& x, const Tensor& weight, const Tensor& bias) {
  const bool trains =
      weight.requires_grad() && at::GradMode::is_enabled() && !c10::InferenceMode::is_enabled();
  if (!trains || x.dim() < 2 || !bias.defined()) return at::linear(x, weight, bias);
  if (gains_by_one_dnn(x, weight, bias))
    return LinearFunction::apply(x.contiguous(), weight, bias, true);
  // at::linear has another way for what lies in memory otherwise, and rounds twice there.
  if (!x.is_contiguous() || !are_of_one_type(x, weight, bias)) return at::linear(x, weight, bias);
  return LinearFunction::apply(x, weight, bias, false);
}

}  // namespace saccade
