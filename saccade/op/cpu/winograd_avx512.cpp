// Winograd's convolution with AVX-512: 6 tiles x 64 output channels in 24 registers.
namespace saccade {
namespace {
constexpr int kLanes = 16;
constexpr int kVectors = 4;
}  // namespace
}  // namespace saccade

#include "saccade/op/cpu/winograd_simd.h"

namespace saccade {

WinogradKernels winograd_avx512(WinogradWeight weight) { return kernels_for(weight); }

}  // namespace saccade
