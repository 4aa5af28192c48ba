// Starts the kernels: picks the fast path that fits, shares the work out to blocks, and tells of failures.
#pragma once

#include "saccade/op/cuda/ms_deform_attn_call.h"

namespace saccade::cuda {

// Each returns once the kernel is queued on `stream` (a cudaStream_t). Sizes come without tiles; nothing is done where there
// is nothing to do. Pointers are aligned to 16 bytes. Instantiated for float, double, Half and BFloat16.
// Throws std::runtime_error that names the kernel, the sizes and CUDA's error where one cannot be started.

template <typename T>
void start_forward(Forward<T, GivenSamples<Compute<T>>> call, void* stream);
template <typename T>
void start_predicted_forward(Forward<T, PredictedSamples<T>> call, void* stream);
template <typename T>
void start_sample_gradients(SampleGradients<T> call, void* stream);
template <typename T>
void start_value_gradient(ValueGradient<T> call, void* stream);
template <typename T>
void start_exact_value_gradient(ExactValueGradient<T> call, void* stream);

// A whole wave of blocks, which take tiles until none is left, does no worse than a block per tile and has no limit.
constexpr std::int64_t kMostBlocks = 1 << 20;

}  // namespace saccade::cuda
