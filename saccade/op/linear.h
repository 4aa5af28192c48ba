// Linear layers.
#pragma once

#include <ATen/core/Tensor.h>

namespace saccade {

// x W^T + b, as at::linear: x [..., K], weight [N, K], bias [N].
//
// Training: a weight that is trained on 2048 rows or more goes through oneDNN's matrix product, forward and backward, for
// float32 on the CPU outside autocast: at::linear takes MKL's, which uses AVX2 where a CPU of another maker has
// AVX-512, at half the speed. Its sums are in another order: 1.4 times as far from the exact ones as MKL's (3e-7 of
// the result's norm), enough for AdamW to turn weights whose gradient is all rounding the other way. Where a weight is
// trained the layer is one node of the graph, which casts x as autocast would. Differentiable once.
//
// In inference mode the same holds for x [I, R, K] of 2048 rows R or more, image by image: a row's bits may depend on how
// many rows there are, and no image's result on what else is in its batch (fuses_layers() says where).
at::Tensor linear(const at::Tensor& x, const at::Tensor& weight, const at::Tensor& bias);

// relu(linear()) and added + linear(), `added` of the result's shape: in the same pass where it goes through oneDNN.
at::Tensor linear_relu(const at::Tensor& x, const at::Tensor& weight, const at::Tensor& bias);
at::Tensor linear_add(const at::Tensor& x, const at::Tensor& weight, const at::Tensor& bias,
                      const at::Tensor& added);

}  // namespace saccade
