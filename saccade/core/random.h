// Random numbers that are the same with every compiler and library.
#pragma once

#include <cstdint>
#include <initializer_list>

namespace saccade {

// One step of splitmix64 (Steele et al. 2014): advances `state` and returns 64 mixed bits.
std::uint64_t splitmix64(std::uint64_t& state);

// xoshiro256** (Blackman and Vigna 2018). The standard library's distributions differ between
// libraries, so whatever a seed must reproduce draws from here.
class Random {
 public:
  // State from splitmix64 of the seed.
  explicit Random(std::uint64_t seed);
  // A stream of its own for each list of keys, such as {seed, epoch, image}: order counts, and
  // neighbouring numbers give unrelated streams.
  Random(std::initializer_list<std::uint64_t> keys);

  std::uint64_t next();  // 64 uniform bits
  // A whole number from `low` to `high`, both included, each equally likely. low <= high.
  std::int64_t between(std::int64_t low, std::int64_t high);
  double uniform();  // in [0, 1), 53 bits
  // True with this probability (0: never, 1: always).
  bool chance(double probability) { return uniform() < probability; }

 private:
  std::uint64_t state_[4];
};

}  // namespace saccade
