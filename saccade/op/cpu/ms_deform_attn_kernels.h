// The CPU kernels of ms_deform_attn by instruction set, and what each of them can do.
#pragma once

#include "saccade/op/ms_deform_attn_kernel.h"

namespace saccade {

// Portable C++ for any size.
MsDeformAttnKernels<float> ms_deform_attn_generic_float();
MsDeformAttnKernels<double> ms_deform_attn_generic_double();

// float32 only, within these limits, and channels that fill whole vectors of 8 (AVX2) or 16
// (AVX-512) floats.
constexpr std::int64_t kMaxSimdSamples = 128;          // L * P
constexpr std::int64_t kMaxSimdChannels = 512;         // D
constexpr std::int64_t kMaxSimdOffset = 0x7fffffffLL;  // elements between rows of one head
constexpr std::int64_t kAvx2Lanes = 8;
constexpr std::int64_t kAvx512Lanes = 16;
MsDeformAttnKernels<float> ms_deform_attn_avx2();
MsDeformAttnKernels<float> ms_deform_attn_avx512();

// The fastest of them that cpu_isa() allows and these sizes fit.
MsDeformAttnKernels<float> ms_deform_attn_kernels(const MsDeformAttnSizes& sizes,
                                                  std::int64_t token_stride);

}  // namespace saccade
