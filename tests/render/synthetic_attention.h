// Made-up but realistic inputs of the figures: the shape of what trained detectors show.
#pragma once

#include <cstdint>
#include <string>
#include <vector>

#include "saccade/render/figure_subject.h"
#include "saccade/render/heat_map.h"

namespace saccade::synthetic {

// Uniform numbers in [0, 1), the same on every machine.
class Numbers {
 public:
  explicit Numbers(std::uint64_t seed) : state_(seed * 2654435761u + 88172645463325252u) {}
  double next();
  double between(double low, double high) { return low + (high - low) * next(); }

 private:
  std::uint64_t state_;
};

// Heads 0 to heads - 1 and levels with strides 8, 16, 32 ... (one level: 32), all drawn.
AttentionSelection selection(int heads = 8, int levels = 4, int points = 4);

// Decoder points: a star of one direction per head, stretched to the box, mostly on level 0, with
// one heavy point per head.
std::vector<SamplePoint> decoder_points(const BoxXyxy& box, const AttentionSelection& selection,
                                        std::uint64_t seed);

// Encoder points: the star in cells of each level around (x, y); coarse levels reach far outside.
std::vector<SamplePoint> encoder_points(double x, double y, const AttentionSelection& selection,
                                        double pixels_per_input_pixel, std::uint64_t seed);

// The cells that points read, mean of their heads, as the operator weights them.
std::vector<HeatLevel> scattered(const std::vector<SamplePoint>& points,
                                 const AttentionSelection& selection, int input_width,
                                 int input_height, double photo_width, double photo_height);

// A dense map of h x w cells around some places of the photo; sums to 1.
HeatLevel dense_map(int height, int width, double photo_width, double photo_height,
                    const BoxXyxy& box, std::uint64_t seed);

}  // namespace saccade::synthetic
