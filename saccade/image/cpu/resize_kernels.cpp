// Picks the kernels and arranges the taps for them.
#include "saccade/image/cpu/resize_kernels.h"

#include <algorithm>
#include <utility>

#include "saccade/core/cpu_isa.h"

namespace saccade {
namespace {

constexpr int kWindow = 16;  // bytes one shuffle chooses from
constexpr int kLane = 8;     // outputs of one window
constexpr int kDotBlock = 16;

void put(std::int16_t* high, std::int16_t* low, std::int32_t weight) {
  *high = static_cast<std::int16_t>(weight >> kLowBits);
  *low = static_cast<std::int16_t>(weight & kLowMask);
}

}  // namespace

const ResizeKernels& resize_kernels() {
#if defined(__x86_64__)
  const CpuIsa isa = cpu_isa();
  if (isa >= CpuIsa::kAvx512) return resize_kernels_avx512();
  if (isa >= CpuIsa::kAvx2) return resize_kernels_avx2();
#endif
  return resize_kernels_generic();
}

HorizontalTaps::HorizontalTaps(ResizeTaps taps, const ResizeKernels& kernels)
    : taps_(std::move(taps)) {
  view_ = {.out = taps_.out, .first = taps_.first.data(), .plain = &taps_};
  if (!kernels.arranged_taps) return;
  const int most = *std::max_element(taps_.count.begin(), taps_.count.end());
  view_.form = fits_windows() ? AcrossTaps::Form::kPairs : AcrossTaps::Form::kDots;
  if (view_.form == AcrossTaps::Form::kPairs) {
    view_.steps = (most + 1) / 2;
    arrange_pairs();
  } else {
    view_.steps = (most + kDotBlock - 1) / kDotBlock;
    arrange_dots();
  }
  view_.window = window_.data();
  view_.shuffle = shuffle_.data();
  view_.weights = weights_.data();
}

// Whether each 8 neighbouring outputs' first taps, and the ones behind them, lie within 16 bytes.
bool HorizontalTaps::fits_windows() const {
  for (int i = 0; i < taps_.out; i += kLane) {
    const int last = std::min(i + kLane, taps_.out) - 1;
    if (taps_.first[last] + 1 - taps_.first[i] >= kWindow) return false;
  }
  return true;
}

void HorizontalTaps::arrange_pairs() {
  const int groups = (taps_.out + kGroup - 1) / kGroup;
  window_.resize(std::size_t{2} * groups);
  shuffle_.resize(window_.size() * kWindow);
  const std::size_t part = std::size_t{2} * kGroup;  // weights of one step's high or low parts
  weights_.resize(static_cast<std::size_t>(groups) * view_.steps * 2 * part);
  for (int i = 0; i < groups * kGroup; ++i) {
    const int output = std::min(i, taps_.out - 1);  // outputs beyond the last are never read
    const std::size_t lane = i / kLane;
    if (i % kLane == 0) window_[lane] = taps_.first[output];
    const int at = taps_.first[output] - window_[lane];
    std::uint8_t* pair = &shuffle_[lane * kWindow + std::size_t{2} * (i % kLane)];
    pair[0] = static_cast<std::uint8_t>(at);
    pair[1] = static_cast<std::uint8_t>(at + 1);
    for (int k = 0; k < taps_.count[output]; ++k) {
      const std::size_t step = static_cast<std::size_t>(i / kGroup) * view_.steps + k / 2;
      std::int16_t* high = &weights_[step * 2 * part + std::size_t{2} * (i % kGroup) + k % 2];
      put(high, high + part, taps_.weights_of(output)[k]);
    }
  }
}

void HorizontalTaps::arrange_dots() {
  weights_.resize(static_cast<std::size_t>(taps_.out) * view_.steps * 2 * kDotBlock);
  for (int i = 0; i < taps_.out; ++i) {
    for (int k = 0; k < taps_.count[i]; ++k) {
      const std::size_t step = static_cast<std::size_t>(i) * view_.steps + k / kDotBlock;
      std::int16_t* high = &weights_[step * 2 * kDotBlock + k % kDotBlock];
      put(high, high + kDotBlock, taps_.weights_of(i)[k]);
    }
  }
}

}  // namespace saccade
