// Pillow's triangle filter as integers.
#include "saccade/image/resize_taps.h"

#include <algorithm>
#include <cmath>

namespace saccade {
namespace {

// Weights of the inputs first .. first + count - 1 around `center`, to a sum of 1 where they have one.
void fill_weights(double center, double support, int first, int count, std::vector<double>& exact,
                  std::int32_t* weights) {
  double sum = 0;
  for (int k = 0; k < count; ++k) {
    const double distance = std::abs((k + first - center + 0.5) * (1.0 / support));
    exact[k] = distance < 1.0 ? 1.0 - distance : 0.0;
    sum += exact[k];
  }
  for (int k = 0; k < count; ++k) {
    const double weight = sum != 0.0 ? exact[k] / sum : exact[k];
    weights[k] = static_cast<std::int32_t>(0.5 + weight * (1 << kWeightBits));
  }
}

}  // namespace

ResizeTaps make_resize_taps(int in, int out, int begin, int end) {
  const double scale = static_cast<double>(in) / out;
  const double support = std::max(scale, 1.0);
  ResizeTaps taps{.in = in, .out = end - begin};
  taps.per_output = static_cast<int>(std::min(std::ceil(support) * 2 + 1, static_cast<double>(in)));
  taps.weights.resize(static_cast<std::size_t>(taps.per_output) * taps.out);
  taps.first.reserve(taps.out);
  taps.count.reserve(taps.out);
  std::vector<double> exact(taps.per_output);
  for (int i = 0; i < taps.out; ++i) {
    const double center = (begin + i + 0.5) * scale;
    const int first = std::max(static_cast<int>(center - support + 0.5), 0);
    const int count = std::min(static_cast<int>(center + support + 0.5), in) - first;
    fill_weights(center, support, first, count, exact,
                 taps.weights.data() + static_cast<std::size_t>(i) * taps.per_output);
    taps.first.push_back(first);
    taps.count.push_back(count);
  }
  return taps;
}

}  // namespace saccade
