// AdamW and SGD.
#include "saccade/train/optimizer.h"

#include <ATen/ATen.h>

#include "saccade/core/error.h"

namespace saccade {
namespace {

using TensorLists = std::vector<at::Tensor>;

// `tensor` on the device of `like` and laid out in memory as it: the fused steps go through both from end to
// end.
at::Tensor laid_out_as(const at::Tensor& like, const at::Tensor& tensor) {
  if (!tensor.defined()) return tensor;
  if (tensor.device() == like.device() && tensor.strides() == like.strides()) return tensor;
  return at::empty_like(like).copy_(tensor);
}

// The parameters of a group that have a gradient, and what is kept for them.
struct Slice {
  TensorLists parameters, gradients, steps, exp_avgs, exp_avg_sqs, momentum_buffers;

  void add(const at::Tensor& parameter, const ParameterState& state) {
    parameters.push_back(parameter);
    gradients.push_back(parameter.grad());
    steps.push_back(state.step);
    exp_avgs.push_back(state.exp_avg);
    exp_avg_sqs.push_back(state.exp_avg_sq);
    momentum_buffers.push_back(state.momentum_buffer);
  }
};

}  // namespace

Optimizer::Optimizer(std::vector<ParamGroup> groups, OptimizerOptions options)
    : groups_(std::move(groups)), options_(options), states_(all_parameters(groups_).size()) {}

void Optimizer::set_states(std::vector<ParameterState> states) {
  const auto parameters = all_parameters(groups_);
  if (states.size() != parameters.size()) {
    throw Error(text_of("the optimizer's state is of ", states.size(),
                        " parameters, this model trains ", parameters.size()));
  }
  for (std::size_t i = 0; i < states.size(); ++i) {
    ParameterState& s = states[i];
    for (at::Tensor* tensor : {&s.exp_avg, &s.exp_avg_sq, &s.momentum_buffer}) {
      if (tensor->defined() && tensor->sizes() != parameters[i].tensor.sizes()) {
        throw Error(text_of("the optimizer's state of ", parameters[i].name, " is ",
                            shape_text(tensor->sizes().vec()), ", the parameter ",
                            shape_text(parameters[i].tensor.sizes().vec())));
      }
      *tensor = laid_out_as(parameters[i].tensor.detach(), *tensor);
    }
    if (s.step.defined()) s.step = s.step.to(parameters[i].tensor.device());
  }
  states_ = std::move(states);
}

void Optimizer::prepare(std::size_t index, const at::Tensor& parameter) {
  ParameterState& state = states_[index];
  const auto zeros = [&] { return at::zeros_like(parameter); };
  if (options_.sgd) {
    if (!state.momentum_buffer.defined()) state.momentum_buffer = zeros();
    return;
  }
  if (state.exp_avg.defined()) return;
  state.step = at::zeros({}, parameter.options().dtype(at::kFloat).requires_grad(false));
  state.exp_avg = zeros();
  state.exp_avg_sq = zeros();
}

void Optimizer::step(double lr_factor) {
  const at::NoGradGuard no_grad;
  std::size_t index = 0;
  for (const ParamGroup& group : groups_) {
    Slice slice;
    for (const Parameter& parameter : group.parameters) {
      const std::size_t own = index++;
      if (!parameter.tensor.grad().defined()) continue;
      prepare(own, parameter.tensor);
      slice.add(parameter.tensor, states_[own]);
    }
    if (slice.parameters.empty()) continue;
    const double lr = group.lr * lr_factor;
    if (options_.sgd) {
      at::_fused_sgd_(slice.parameters, slice.gradients, slice.momentum_buffers,
                      options_.weight_decay, options_.momentum, lr, /*dampening=*/0,
                      /*nesterov=*/false, /*maximize=*/false, /*is_first_step=*/false);
    } else {
      at::_foreach_add_(slice.steps, 1);
      at::_fused_adamw_(slice.parameters, slice.gradients, slice.exp_avgs, slice.exp_avg_sqs, {},
                        slice.steps, lr, options_.beta1, options_.beta2, options_.weight_decay,
                        options_.epsilon, /*amsgrad=*/false, /*maximize=*/false);
    }
  }
}

void Optimizer::zero_grad() {
  for (const ParamGroup& group : groups_) {
    for (const Parameter& parameter : group.parameters) parameter.tensor.mutable_grad().reset();
  }
}

std::vector<at::Tensor> gradients_of(std::span<const ParamGroup> groups) {
  TensorLists gradients;
  for (const ParamGroup& group : groups) {
    for (const Parameter& parameter : group.parameters) {
      if (parameter.tensor.grad().defined()) gradients.push_back(parameter.tensor.grad());
    }
  }
  return gradients;
}

at::Tensor gradient_norm(const std::vector<at::Tensor>& gradients) {
  const at::NoGradGuard no_grad;
  if (gradients.empty()) return at::zeros({}, at::kFloat);
  return at::stack(at::_foreach_norm(gradients)).norm();
}

void scale_to_norm(const std::vector<at::Tensor>& gradients, double norm, double max_norm) {
  const at::NoGradGuard no_grad;
  if (max_norm > 0 && !gradients.empty())
    at::_foreach_mul_(gradients, std::min(1.0, max_norm / (norm + 1e-6)));
}

}  // namespace saccade
