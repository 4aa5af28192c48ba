// The kernels of matching in portable C++: vectors of 16 bytes, which every 64-bit processor has.
#include "saccade/loss/cpu/match_cost_loops.h"
#include "saccade/loss/cpu/match_relax.h"

namespace saccade {

const MatchKernels& match_kernels_generic() {
  static constexpr MatchKernels kKernels{{all_finite, box_rows<float>, focal<float>, pair<float>},
                                         {all_finite, relax<2>}};
  return kKernels;
}

// The parity tests alone match in double: no vectors, the C library's exp and log.
const CostKernels<double>& cost_kernels_double() {
  static constexpr CostKernels<double> kKernels{all_finite, box_rows<double>, focal<double>,
                                                pair<double>};
  return kKernels;
}

}  // namespace saccade
