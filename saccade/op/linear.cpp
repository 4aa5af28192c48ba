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

class LinearFunction : public torch::autograd::Function<LinearFunction> {
 public:
  static Tensor forward(AutogradContext* ctx, const Tensor& x, const Tensor& weight,
                        const Tensor& bias) {
    ctx->save_for_backward({x, weight});
    const at::AutoDispatchBelowADInplaceOrView below;
    return product(x, weight, bias);
  }
  static variable_list backward(AutogradContext* ctx, const variable_list& grads) {
    TORCH_CHECK(!at::GradMode::is_enabled(),
                "linear is differentiable once; its gradients are not");
    const auto saved = ctx->get_saved_variables();
    const Tensor grad = grads[0].contiguous();
    return {ctx->needs_input_grad(0) ? product(grad, saved[1].t()) : Tensor(),
            ctx->needs_input_grad(1) ? product(grad.t(), saved[0].t()) : Tensor(),
            ctx->needs_input_grad(2) ? grad.sum(0) : Tensor()};
  }
};

bool is_plain(const Tensor& x) { return x.device().is_cpu() && x.scalar_type() == at::kFloat; }

}  // namespace

Tensor linear(const Tensor& x, const Tensor& weight, const Tensor& bias) {
  const bool trains = weight.requires_grad() && !c10::InferenceMode::is_enabled();
  const bool fits = is_plain(x) && is_plain(weight) && bias.defined() && is_plain(bias) &&
                    x.numel() >= kFewRows * x.size(-1) &&
                    !at::autocast::is_autocast_enabled(at::kCPU) && one_dnn() != nullptr;
  if (!trains || !fits) return at::linear(x, weight, bias);
  const Tensor rows = LinearFunction::apply(x.reshape({-1, x.size(-1)}), weight, bias);
  if (x.dim() == 2) return rows;
  std::vector<std::int64_t> shape = x.sizes().vec();
  shape.back() = weight.size(0);
  return rows.view(shape);
}

}  // namespace saccade
