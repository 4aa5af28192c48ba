// Many tests at once.
#include "saccade/eval/false_discovery.h"

#include <algorithm>

#include "saccade/core/sorted_order.h"

namespace saccade {

std::vector<double> benjamini_hochberg(std::span<const double> p) {
  const auto order =
      sorted_order(p.size(), [&](std::size_t a, std::size_t b) { return p[a] < p[b]; });
  std::vector<double> adjusted(p.size());
  double least = 1;  // of the ranks above
  for (std::size_t rank = p.size(); rank > 0; --rank) {
    const std::size_t test = order[rank - 1];
    least = std::min(least, p[test] * static_cast<double>(p.size()) / static_cast<double>(rank));
    adjusted[test] = least;
  }
  return adjusted;
}

}  // namespace saccade
