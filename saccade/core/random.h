// A small random generator whose numbers are the same on every machine and in every release.
#pragma once

#include <cstdint>

namespace saccade {

// SplitMix64 (Steele, Lea and Flood, OOPSLA 2014): a counter, well mixed.
class Random {
 public:
  explicit Random(std::uint64_t seed) : state_(seed) {}
  // Generator number `stream` of a seed; streams are independent of each other.
  Random(std::uint64_t seed, std::uint64_t stream) : state_(mix(mix(seed) + stream)) {}

  std::uint64_t next() { return mix(state_ += 0x9e3779b97f4a7c15u); }

  // 0 to count - 1, each as likely as the others; count > 0.
  std::uint64_t below(std::uint64_t count) {
    const std::uint64_t uneven = (0 - count) % count;  // 2^64 modulo count: numbers left over
    std::uint64_t number = next();
    while (number < uneven) number = next();
    return number % count;
  }

 private:
  static std::uint64_t mix(std::uint64_t z) {
    z = (z ^ (z >> 30)) * 0xbf58476d1ce4e5b9u;
    z = (z ^ (z >> 27)) * 0x94d049bb133111ebu;
    return z ^ (z >> 31);
  }

  std::uint64_t state_;
};

}  // namespace saccade
