// Which map deserves trust.
#include <algorithm>
#include <cmath>
#include <set>

#include "saccade/core/error.h"
#include "saccade/study/faith_report.h"

namespace saccade {
namespace {

const FaithMeasure& measure_named(const std::string& name) {
  for (const auto* all : {&map_measures(), &point_measures()})
    for (const FaithMeasure& measure : *all)
      if (measure.name == name) return measure;
  throw Error("no measure " + name);
}

bool beats_control(const FaithStatistic& one, const FaithMeasure& measure) {
  if (!one.to_control) return false;
  const BootstrapInterval& d = one.to_control->interval;
  return measure.higher_is_better ? d.low > 0 : d.high < 0;
}

void add_statistic(FaithVerdict& verdict, const FaithStatistic& one) {
  if (!one.q || one.method != verdict.method) return;
  const FaithMeasure& measure = measure_named(one.measure);
  auto& list = one.edge == Edge::kBetter  ? verdict.better
               : one.edge == Edge::kWorse ? verdict.worse
                                          : verdict.none;
  list.push_back(measure.words);
}

// With all weights but the backbone's drawn anew.
std::optional<double> alike_of(const FaithReport& report, const std::string& method) {
  for (const FaithSimilarity& one : report.results.similarities)
    if (one.method == method && one.cascades && one.part == report.plan.parts.back() && one.n > 0)
      return one.rank_correlation.value;
  return std::nullopt;
}

}  // namespace

std::size_t FaithReport::images() const {
  std::set<int> all;
  for (const FaithTarget& target : targets) all.insert(target.image);
  return all.size();
}

std::vector<FaithVerdict> faith_verdicts(const FaithReport& report) {
  std::vector<FaithVerdict> verdicts;
  for (std::size_t m = 0; m < report.plan.methods(); ++m) {
    FaithVerdict& verdict = verdicts.emplace_back();
    verdict.method = report.plan.maps[m];
    for (const FaithStatistic& one : report.results.maps) {
      add_statistic(verdict, one);
      if (one.q && one.method == verdict.method)
        verdict.beats_box |= beats_control(one, measure_named(one.measure));
    }
    for (const FaithStatistic& one : report.results.points) add_statistic(verdict, one);
    verdict.alike = alike_of(report, verdict.method);
  }
  return verdicts;
}

}  // namespace saccade
