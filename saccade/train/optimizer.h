// AdamW and SGD with momentum, as PyTorch's, over groups of parameters.
#pragma once

#include <ATen/core/Tensor.h>

#include <span>
#include <vector>

#include "saccade/train/param_groups.h"

namespace saccade {

struct OptimizerOptions {
  bool sgd = false;            // momentum 0.9 and L2 decay; else AdamW with decoupled decay
  double weight_decay = 1e-4;  // of every tensor, biases and norms included
  double beta1 = 0.9, beta2 = 0.999, epsilon = 1e-8;
  double momentum = 0.9;
};

// What is kept for one parameter; undefined tensors before its first step.
struct ParameterState {
  at::Tensor step;             // 0-dim float32, where the parameter is: AdamW
  at::Tensor exp_avg;          // as the parameter: AdamW
  at::Tensor exp_avg_sq;       // as the parameter: AdamW
  at::Tensor momentum_buffer;  // as the parameter: SGD
};

class Optimizer {
 public:
  Optimizer(std::vector<ParamGroup> groups, OptimizerOptions options);

  const std::vector<ParamGroup>& groups() const { return groups_; }
  const OptimizerOptions& options() const { return options_; }
  // By parameter, group after group.
  const std::vector<ParameterState>& states() const { return states_; }
  // Brings them to the parameters' device. Throws Error where the shapes do not fit the parameters; undefined
  // tensors mean no step yet.
  void set_states(std::vector<ParameterState> states);

  // One step along the gradients with the rates of the groups times `lr_factor`. A parameter without a
  // gradient is left alone. Source: Loshchilov and Hutter 2019, algorithm 2.
  void step(double lr_factor);
  void zero_grad();

 private:
  void prepare(std::size_t index, const at::Tensor& parameter);

  std::vector<ParamGroup> groups_;
  OptimizerOptions options_;
  std::vector<ParameterState> states_;
};

// Those that there are.
std::vector<at::Tensor> gradients_of(std::span<const ParamGroup> groups);

// L2 norm of all gradients together: 0-dim, where they are. Reading it waits for a GPU.
at::Tensor gradient_norm(const std::vector<at::Tensor>& gradients);

// Scales gradients of this norm down to `max_norm`, where it is above 0. Source: torch.nn.utils.clip_grad_norm_.
void scale_to_norm(const std::vector<at::Tensor>& gradients, double norm, double max_norm);

}  // namespace saccade
