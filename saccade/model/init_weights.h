// The values of a new detector, and what a file brings to one that is not quite the same.
#pragma once

#include <cstdint>
#include <string>
#include <vector>

#include "saccade/model/detector.h"

namespace saccade {

// Draws every tensor as the official code and torchvision do (model.md 2, 4, 5): Xavier-uniform in the
// transformer, rings of sampling offsets, Kaiming-normal convolutions in the backbone, norms at 1 and
// 0. The same seed gives the same values, whatever the number of threads.
void init_weights(Detector& detector, std::uint64_t seed);

// What became of each tensor of a file and of the detector.
struct FittedWeights {
  struct Misfit {
    std::string name;
    std::string file_shape, model_shape;
  };
  std::vector<std::string> kept;     // copied from the file
  std::vector<Misfit> reshaped;      // in both, of other shapes: the detector keeps its own
  std::vector<std::string> dropped;  // of the file, with no place in the detector
  std::vector<std::string> fresh;    // of the detector, not in the file
};

// Copies what fits by name and shape and leaves the rest as it is. Copies: nothing of the file stays
// mapped.
FittedWeights fit_weights(Detector& detector, const NamedTensors& tensors);

}  // namespace saccade
