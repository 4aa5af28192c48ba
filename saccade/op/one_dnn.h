// Layers of the CPU through oneDNN, with what follows them in the same pass. Not differentiable.
#pragma once

#include <ATen/core/Tensor.h>

#include <cstdint>
#include <optional>

namespace saccade {

// Whether LibTorch was built with oneDNN.
bool has_one_dnn();

// Whether layers go through here: in inference mode (training makes passes without gradients too, whose numbers must be
// those of the pass with them), float32 on the CPU, or whatever autocast makes bfloat16 of on a CPU
// with AVX-512; and SACCADE_FUSED_LAYERS is not "off", which gives the bits of LibTorch's plain operators to compare with.
bool fuses_layers(const at::Tensor& x);
// The type that such layers have their weights in. Biases stay float32: they are added before the result is rounded.
at::ScalarType fused_type();

// Below, x is cast to the type of the weight, which the result has.

// x w^T + b of matrices, either of which may be the transpose of what lies in memory. x [R, in], w [out, in], b [out].
at::Tensor one_dnn_linear(const at::Tensor& x, const at::Tensor& weight,
                          const std::optional<at::Tensor>& bias, bool relu = false);

// added + x w^T + b; added [R, out].
at::Tensor one_dnn_linear_add(const at::Tensor& x, const at::Tensor& weight, const at::Tensor& bias,
                              const at::Tensor& added);

struct ConvolutionShape {
  std::int64_t stride = 1, padding = 0, dilation = 1;
};

// conv(x) + bias, plus `added` where it is defined (which is then written over: its memory may become the result's), then
// ReLU where it is wanted. x [N, in, H, W] and weight [out, in, k, k],
// best with the channels of a pixel together, as the result has them. oneDNN turns the weight into blocks that
// depend on the size of the map in each call: 2 % of R50's time at 480 x 640, while blocks made ahead for another size take
// longer than all else. Image by image, so that none depends on what else is in its batch.
at::Tensor one_dnn_convolution(const at::Tensor& x, const at::Tensor& weight,
                               const at::Tensor& bias, const ConvolutionShape& shape, bool relu,
                               const at::Tensor& added = {});

}  // namespace saccade
