// Search for the combination with the largest value.
#include "saccade/study/unit_search.h"

#include <gtest/gtest.h>

#include <cmath>

#include "saccade/core/error.h"

namespace saccade {
namespace {

// Values of combinations by a rule; counts the calls and what was asked twice.
struct Rule {
  std::function<double(const Combination&)> value;
  int rounds = 0;

  UnitSearch search(int candidates, const UnitSearchOptions& options = {}) {
    return search_units(
        candidates,
        [this](const std::vector<Combination>& all) {
          ++rounds;
          std::vector<double> values;
          for (const Combination& c : all) values.push_back(value(c));
          return values;
        },
        options);
  }
};

TEST(UnitSearch, FindsNothingWhereEveryUnitIsNeeded) {
  Rule rule{[](const Combination& c) { return 1.0 - 0.1 * static_cast<double>(c.size()); }};
  const UnitSearch found = rule.search(10);
  EXPECT_TRUE(found.best.empty());
  EXPECT_EQ(found.best_value, 1.0);
  EXPECT_EQ(found.rounds[0].trials.size(), 10u);
}

// Gains of 1, 2, 4 ...: the four largest, one after the other.
TEST(UnitSearch, AddsGainsUpToTheMost) {
  Rule rule{[](const Combination& c) {
    double sum = 0;
    for (const int i : c) sum += std::exp2(i);
    return sum;
  }};
  EXPECT_EQ(rule.search(10).best, (Combination{6, 7, 8, 9}));
  EXPECT_EQ(rule.search(10, {.most = 2}).best, (Combination{8, 9}));
  EXPECT_EQ(rule.search(10, {.most = 1}).best, (Combination{9}));
}

// Two heads that do harm alone and good together: greedy alone would never take them.
TEST(UnitSearch, FindsAPairThatNoSingleUnitAnnounces) {
  Rule rule{[](const Combination& c) {
    if (c == Combination{1, 3}) return 5.0;
    return c.empty() ? 0.0 : -static_cast<double>(c.size());
  }};
  EXPECT_EQ(rule.search(6).best, (Combination{1, 3}));
}

TEST(UnitSearch, StopsAtTheFirstRoundWithoutGain) {
  Rule rule{[](const Combination& c) { return c.size() == 1 && c[0] == 2 ? 1.0 : 0.0; }};
  const UnitSearch found = rule.search(5);
  EXPECT_EQ(found.best, (Combination{2}));
  EXPECT_EQ(rule.rounds, 2);  // singles and pairs
}

TEST(UnitSearch, AValueThatIsNoNumberIsNeverBest) {
  Rule rule{[](const Combination& c) { return c == Combination{0} ? std::nan("") : 0.0; }};
  EXPECT_TRUE(rule.search(3).best.empty());
}

TEST(UnitSearch, OptionsOutOfRangeAreNamed) {
  Rule rule{[](const Combination&) { return 0.0; }};
  EXPECT_THROW(rule.search(3, {.shortlist = 0}), Error);
  EXPECT_THROW(rule.search(3, {.most = 0}), Error);
}

}  // namespace
}  // namespace saccade
