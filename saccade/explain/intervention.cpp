// What a person changes in a detector's attention, as data.
#include "saccade/explain/intervention.h"

#include <algorithm>

namespace saccade {
namespace {

// The layer that a branch is of.
Branch layer_of(Branch branch) {
  const bool in_encoder = branch == Branch::kEncoderSelf || branch == Branch::kEncoderFfn;
  return in_encoder ? Branch::kEncoderLayer : Branch::kDecoderLayer;
}

}  // namespace

bool IndexSet::has(int index) const {
  return all || std::binary_search(some.begin(), some.end(), index);
}

bool BranchOff::has(Branch one, int layer) const {
  return (branch == one || branch == layer_of(one)) && layers.has(layer);
}

}  // namespace saccade
