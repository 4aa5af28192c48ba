// Which pixels of one axis each resized pixel reads, and how much, in Pillow's fixed point.
#pragma once

#include <cstdint>
#include <vector>

namespace saccade {

// A weight of 1 is 1 << kWeightBits: 32 bits less 8 of the pixel and 2 of room (Pillow's choice).
constexpr int kWeightBits = 22;

// Output i is the sum over k of input[first[i] + k] * weights[i * per_output + k] for k < count[i],
// rounded half up and shifted right by kWeightBits. Weights are 0 or more and at most 1.
struct ResizeTaps {
  int in = 0, out = 0;            // pixels; out counts those asked for
  int per_output = 0;             // room for the weights of one output
  std::vector<int> first, count;  // per output; never decreasing starts, 1 <= count <= per_output
  std::vector<std::int32_t> weights;

  const std::int32_t* weights_of(int i) const {
    return weights.data() + static_cast<std::size_t>(i) * per_output;
  }
};

// The triangle filter of PIL.Image.BILINEAR, widened when shrinking (training.md 5.1). in == out gives
// weights that copy. Both at least 1. Of the `out` outputs, those from `begin` to `end` - 1.
ResizeTaps make_resize_taps(int in, int out, int begin, int end);
inline ResizeTaps make_resize_taps(int in, int out) { return make_resize_taps(in, out, 0, out); }

}  // namespace saccade
