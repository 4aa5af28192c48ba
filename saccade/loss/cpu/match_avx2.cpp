// The kernels of matching with AVX2.
#include "saccade/loss/cpu/match_cost_loops.h"
#include "saccade/loss/cpu/match_relax.h"

namespace saccade {

const MatchKernels& match_kernels_avx2() {
  static constexpr MatchKernels kKernels{{all_finite, box_rows<float>, focal<float>, pair<float>},
                                         {all_finite, relax<4>}};
  return kKernels;
}

}  // namespace saccade
