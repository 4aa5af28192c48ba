// Some images of a data set, drawn at random: the same for every command with the same seed.
#pragma once

#include <cstdint>
#include <vector>

namespace saccade {

// `size` of the indices 0 to count - 1, ascending, without repetition; all of them where size >= count.
// Throws UsageError when size < 1.
std::vector<int> choose_subset(int count, int size, std::uint64_t seed);

}  // namespace saccade
