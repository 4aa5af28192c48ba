// splitmix64 and xoshiro256**.
#include "saccade/core/random.h"

#include <bit>

namespace saccade {
namespace {

// Each key passes through the mixer together with all before it.
std::uint64_t mix_keys(std::initializer_list<std::uint64_t> keys) {
  std::uint64_t mixed = 0;
  for (const std::uint64_t key : keys) {
    std::uint64_t state = mixed ^ key;
    mixed = splitmix64(state);
  }
  return mixed;
}

}  // namespace

std::uint64_t splitmix64(std::uint64_t& state) {
  state += 0x9E3779B97F4A7C15;
  std::uint64_t z = state;
  z = (z ^ (z >> 30)) * 0xBF58476D1CE4E5B9;
  z = (z ^ (z >> 27)) * 0x94D049BB133111EB;
  return z ^ (z >> 31);
}

Random::Random(std::uint64_t seed) {
  for (std::uint64_t& word : state_) word = splitmix64(seed);
}

Random::Random(std::initializer_list<std::uint64_t> keys) : Random(mix_keys(keys)) {}

std::uint64_t Random::next() {
  const std::uint64_t result = std::rotl(state_[1] * 5, 7) * 9;
  const std::uint64_t shifted = state_[1] << 17;
  state_[2] ^= state_[0];
  state_[3] ^= state_[1];
  state_[1] ^= state_[2];
  state_[0] ^= state_[3];
  state_[2] ^= shifted;
  state_[3] = std::rotl(state_[3], 45);
  return result;
}

std::int64_t Random::between(std::int64_t low, std::int64_t high) {
  const auto first = static_cast<std::uint64_t>(low);
  const std::uint64_t span = static_cast<std::uint64_t>(high) - first + 1;  // 0: all 2^64
  if (span == 0) return static_cast<std::int64_t>(next());
  // The 2^64 mod span lowest draws are refused: what is left divides evenly.
  const std::uint64_t refused = (0 - span) % span;
  std::uint64_t draw = next();
  while (draw < refused) draw = next();
  return static_cast<std::int64_t>(first + draw % span);
}

double Random::uniform() { return static_cast<double>(next() >> 11) * 0x1p-53; }

}  // namespace saccade
