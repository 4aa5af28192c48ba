// Which combination of candidates makes a number largest.
#include "saccade/study/unit_search.h"

#include <algorithm>

#include "saccade/core/error.h"

namespace saccade {
namespace {

class UnitSearcher {
 public:
  UnitSearcher(const ValueOf& value_of, const UnitSearchOptions& options)
      : value_of_(value_of), options_(options) {}

  UnitSearch run(int candidates) {
    singles(candidates);
    if (options_.most > 1 && shortlist_.size() > 1) {
      pairs();
      while (std::ssize(search_.best) >= 2 && std::ssize(search_.best) < options_.most &&
             one_more()) {
      }
    }
    return std::move(search_);
  }

 private:
  void singles(int candidates) {
    std::vector<Combination> tried{{}};
    for (int c = 0; c < candidates; ++c) tried.push_back({c});
    std::vector<double> values = value_of_(tried);
    search_.baseline = search_.best_value = values[0];
    tried.erase(tried.begin());
    values.erase(values.begin());
    keep("single units", tried, values);
    for (int c = 0; c < candidates; ++c) shortlist_.push_back(c);
    std::stable_sort(shortlist_.begin(), shortlist_.end(),
                     [&](int a, int b) { return values[a] > values[b]; });
    shortlist_.resize(std::min<std::size_t>(shortlist_.size(), options_.shortlist));
  }

  void pairs() {
    std::vector<Combination> tried;
    for (std::size_t a = 0; a < shortlist_.size(); ++a)
      for (std::size_t b = a + 1; b < shortlist_.size(); ++b)
        tried.push_back(sorted({shortlist_[a], shortlist_[b]}));
    keep("pairs of the best", tried, value_of_(tried));
  }

  // Whether something was better.
  bool one_more() {
    std::vector<Combination> tried;
    for (const int candidate : shortlist_) {
      if (std::count(search_.best.begin(), search_.best.end(), candidate) > 0) continue;
      Combination more = search_.best;
      more.push_back(candidate);
      tried.push_back(sorted(std::move(more)));
    }
    if (tried.empty()) return false;
    const Combination before = search_.best;
    keep("one more", tried, value_of_(tried));
    return search_.best != before;
  }

  void keep(const char* name, const std::vector<Combination>& tried,
            const std::vector<double>& values) {
    SearchRound& round = search_.rounds.emplace_back(SearchRound{.name = name});
    for (std::size_t i = 0; i < tried.size(); ++i) {
      round.trials.push_back({tried[i], values[i]});
      if (!(values[i] > search_.best_value)) continue;
      search_.best = tried[i];
      search_.best_value = values[i];
    }
  }

  static Combination sorted(Combination combination) {
    std::sort(combination.begin(), combination.end());
    return combination;
  }

  const ValueOf& value_of_;
  const UnitSearchOptions& options_;
  std::vector<int> shortlist_;  // best first
  UnitSearch search_;
};

}  // namespace

void UnitSearchOptions::check() const {
  if (shortlist < 1)
    throw Error(text_of("search: shortlist is ", shortlist, ", expected 1 or more"));
  if (most < 1) throw Error(text_of("search: most is ", most, ", expected 1 or more"));
}

UnitSearch search_units(int candidates, const ValueOf& value_of, const UnitSearchOptions& options) {
  options.check();
  return UnitSearcher(value_of, options).run(candidates);
}

}  // namespace saccade
