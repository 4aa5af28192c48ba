// Winograd's convolution with AVX512_BF16: as with AVX-512, but both sides are bfloat16, and two input channels are one
// instruction. Sums are float.
namespace saccade {
namespace {
constexpr int kLanes = 16;
constexpr int kVectors = 4;
}  // namespace
}  // namespace saccade

#include "saccade/op/cpu/winograd_simd.h"

namespace saccade {

WinogradKernels winograd_avx512_pairs() {
  return {&turn_weight, &turn_tiles<std::uint16_t>, &multiply<Pair, Pair>, &finish};
}

}  // namespace saccade
