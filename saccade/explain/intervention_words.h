// What an intervention does, in words for captions.
#pragma once

#include <string>

#include "saccade/explain/intervention.h"

namespace saccade {

// "the weights of level 0 set to 0 in the cross-attention of all decoder layers, the others of each head
// divided by their sum": goes on after "i.e.", without a stop.
std::string intervention_words(const AttentionChange& change);

}  // namespace saccade
