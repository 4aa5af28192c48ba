// The parameters of COCO's protocol.
#include "saccade/eval/coco_params.h"

namespace saccade {
namespace {

// As numpy.linspace computes it: a multiple of the step added to the start; the end as given.
template <std::size_t N>
std::array<double, N> linspace(double start, double stop) {
  std::array<double, N> values{};
  const double step = (stop - start) / static_cast<double>(N - 1);
  for (std::size_t i = 0; i < N; ++i) values[i] = static_cast<double>(i) * step + start;
  values[N - 1] = stop;
  return values;
}

}  // namespace

const std::array<double, kNumIouThresholds>& iou_thresholds() {
  static const auto thresholds = linspace<kNumIouThresholds>(0.5, 0.95);
  return thresholds;
}

const std::array<double, kNumRecallThresholds>& recall_thresholds() {
  static const auto thresholds = linspace<kNumRecallThresholds>(0.0, 1.0);
  return thresholds;
}

std::uint8_t area_range_bits(double area) {
  unsigned bits = 0;
  for (int a = 0; a < kNumAreaRanges; ++a) {
    const bool outside = (area < kAreaRanges[a].low) | (area > kAreaRanges[a].high);
    bits |= static_cast<unsigned>(!outside) << a;
  }
  return static_cast<std::uint8_t>(bits);
}

}  // namespace saccade
