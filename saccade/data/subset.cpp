// Some images of a data set, drawn at random.
#include "saccade/data/subset.h"

#include <algorithm>
#include <numeric>

#include "saccade/core/error.h"
#include "saccade/core/random.h"

namespace saccade {

std::vector<int> choose_subset(int count, int size, std::uint64_t seed) {
  if (size < 1) throw UsageError(text_of("--subset ", size, ": at least 1 image is needed"));
  std::vector<int> indices(std::max(count, 0));
  std::iota(indices.begin(), indices.end(), 0);
  if (size >= count) return indices;
  Random random(seed);
  for (int i = 0; i < size; ++i) {  // the front part of a shuffle
    const auto other = i + static_cast<int>(random.below(static_cast<std::uint64_t>(count - i)));
    std::swap(indices[i], indices[other]);
  }
  indices.resize(size);
  std::sort(indices.begin(), indices.end());
  return indices;
}

}  // namespace saccade
