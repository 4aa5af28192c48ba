// Queries of one image for many variants of it.
#pragma once

#include <ATen/ATen.h>

#include "saccade/model/detector.h"

namespace saccade {

// What a decoder layer starts from, of one image, for a batch of `count`; nothing is copied.
inline DecoderState repeated_queries(DecoderState state, std::int64_t count) {
  for (at::Tensor* tensor : {&state.hidden, &state.positions, &state.reference_points})
    if (tensor->defined()) *tensor = tensor->expand({count, -1, -1});
  return state;
}

}  // namespace saccade
