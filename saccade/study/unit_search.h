// Which combination of candidates makes a number largest: single ones, pairs of the best, then greedily one more.
#pragma once

#include <functional>
#include <string>
#include <vector>

namespace saccade {

using Combination = std::vector<int>;  // candidates, ascending

struct UnitSearchOptions {
  int shortlist = 8;   // best single candidates, of which pairs and larger combinations are made
  int most = 4;        // candidates in a combination
  void check() const;  // throws Error and names the field
};

struct SearchTrial {
  Combination combination;
  double value = 0;
};

struct SearchRound {
  std::string name;                 // "single units", "pairs", "one more"
  std::vector<SearchTrial> trials;  // in the order tried
};

struct UnitSearch {
  double baseline = 0;  // of no candidate
  std::vector<SearchRound> rounds;
  Combination best;  // empty: nothing was better than the baseline
  double best_value = 0;
};

// Values of combinations, larger is better. The baseline, an empty combination, comes first in the first call. Called
// once a round, in the same order with the same values each time.
using ValueOf = std::function<std::vector<double>(const std::vector<Combination>&)>;

// A later combination replaces the best one only if its value is larger; NaN never is.
UnitSearch search_units(int candidates, const ValueOf& value_of, const UnitSearchOptions& options);

}  // namespace saccade
