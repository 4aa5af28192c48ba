// Picks the CPU kernels for one call.
#include "saccade/op/cpu/ms_deform_attn_kernels.h"

#include "saccade/core/cpu_isa.h"

namespace saccade {

MsDeformAttnKernels<float> ms_deform_attn_kernels(const MsDeformAttnSizes& sizes,
                                                  std::int64_t token_stride) {
#if defined(__x86_64__)
  const CpuIsa isa = cpu_isa();
  const bool fits = sizes.samples() <= kMaxSimdSamples && sizes.channels <= kMaxSimdChannels &&
                    sizes.tokens < kMaxSimdOffset / token_stride;
  if (fits && isa >= CpuIsa::kAvx512 && sizes.channels % kAvx512Lanes == 0)
    return ms_deform_attn_avx512();
  if (fits && isa >= CpuIsa::kAvx2 && sizes.channels % kAvx2Lanes == 0)
    return ms_deform_attn_avx2();
#else
  static_cast<void>(sizes);
  static_cast<void>(token_stride);
#endif
  return ms_deform_attn_generic_float();
}

}  // namespace saccade
