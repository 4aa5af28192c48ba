// How alike two lists of numbers are ordered.
#pragma once

#include <span>
#include <vector>

namespace saccade {

// Ranks from 1, equal values share the mean of theirs.
std::vector<double> average_ranks(std::span<const double> values);
// Spearman's rank correlation of two lists of one length, -1 to 1; NaN where either list has fewer than two different
// values.
double spearman(std::span<const double> a, std::span<const double> b);

}  // namespace saccade
