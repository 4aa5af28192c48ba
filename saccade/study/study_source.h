// What every study says of itself: what made its numbers, and where they are too few to be sure.
#pragma once

#include <cstdint>
#include <string>
#include <vector>

namespace saccade {

// Adjusted p of a change that counts as significant.
inline constexpr double kSignificantQ = 0.05;

// What made the numbers.
struct StudySource {
  std::string command, version;
  std::string model, weights_sha256;
  std::string set;                         // name of the data set or split
  std::vector<std::string> interventions;  // that hold in the baseline too
  std::string seed;  // of an evaluation, whose text may name none; empty where nothing was random
  std::int64_t left_out_images = 0;
  double seconds = 0;  // of running all variants, without what an earlier run had done
  int processes = 1;
};

// Why intervals say little of so few images; empty where there are enough.
std::string too_few_images(std::size_t images);
// As many resamples as let one unit alone become significant though some disagree, 1000 to 10000: p is never below
// 2 / (resamples + 1).
int default_resamples(std::size_t units);
// Why no unit, or a few alone, can become significant with so few resamples; empty where one can.
std::string too_few_resamples(std::size_t units, int resamples, const char* what = "units");

}  // namespace saccade
