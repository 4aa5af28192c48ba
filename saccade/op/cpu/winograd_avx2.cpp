// Winograd's convolution with AVX2 and FMA: 6 tiles x 16 output channels in 12 registers.
namespace saccade {
namespace {
constexpr int kLanes = 8;
constexpr int kVectors = 2;
}  // namespace
}  // namespace saccade

#include "saccade/op/cpu/winograd_simd.h"

namespace saccade {

WinogradKernels winograd_avx2(WinogradWeight weight) { return kernels_for(weight); }

}  // namespace saccade
