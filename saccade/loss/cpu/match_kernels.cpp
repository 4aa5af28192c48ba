// Picks the kernels of matching.
#include "saccade/loss/cpu/match_kernels.h"

#include "saccade/core/cpu_isa.h"

namespace saccade {

const MatchKernels& match_kernels() {
#if defined(__x86_64__)
  const CpuIsa isa = cpu_isa();
  if (isa >= CpuIsa::kAvx512) return match_kernels_avx512();
  if (isa >= CpuIsa::kAvx2) return match_kernels_avx2();
#endif
  return match_kernels_generic();
}

}  // namespace saccade
