// Activation checkpointing: a part of a model is computed again in the backward pass instead of
// keeping what it computed in between.
#pragma once

#include <ATen/core/Tensor.h>

#include <functional>
#include <vector>

#include "saccade/model/layers.h"

namespace saccade {

using TensorFunction = std::function<at::Tensor(const std::vector<at::Tensor>&)>;

// function(inputs), of which only the inputs are kept for backward; there it runs a second time, with the
// same random numbers and under the same autocast. Every tensor that needs a gradient and is no parameter
// must be an input. Gradients are those of a plain call; where an input
// feeds several parts they may be added up in another order.
// Source: Chen et al. 2016, "Training deep nets with sublinear memory cost".
at::Tensor recomputed(TensorFunction function, const std::vector<at::Tensor>& inputs);

// function(inputs), computed again for backward where `mode` says so.
inline at::Tensor run_layer(TensorFunction function, const std::vector<at::Tensor>& inputs,
                            const Mode& mode) {
  return mode.training && mode.recompute ? recomputed(std::move(function), inputs)
                                         : function(inputs);
}

}  // namespace saccade
