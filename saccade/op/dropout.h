// Dropout that keeps nothing for its gradient: which elements fall is computed again from a seed.
#pragma once

#include <ATen/core/Tensor.h>

namespace saccade {

// Each drops elements with `probability` p in [0, 1) and divides the others by 1 - p, as at::dropout does, which
// keeps a tensor of x's size for that. p counts in steps of 1/65536. On the CPU, for float, double and
// bfloat16, the seed is one draw of at's generator, and the number of threads changes nothing; other
// tensors go through at::dropout. Differentiable once. Throws c10::Error where p is out of range.

at::Tensor dropout(const at::Tensor& x, double probability);

// x + dropout(branch): the residual connections. Of one shape.
at::Tensor add_dropout(const at::Tensor& x, const at::Tensor& branch, double probability);

// dropout(relu(x)), in place: x holds the result, and nothing else may need what it held. Its gradient
// is read from the result, which the layer that follows keeps anyway.
at::Tensor dropout_relu_(at::Tensor x, double probability);

}  // namespace saccade
