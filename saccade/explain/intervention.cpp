// Sets of numbers.
#include "saccade/explain/intervention.h"

#include <algorithm>

namespace saccade {

bool IndexSet::has(int index) const {
  return all || std::binary_search(some.begin(), some.end(), index);
}

}  // namespace saccade
