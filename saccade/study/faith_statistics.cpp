// Means over detections, and which maps have an edge.
#include "saccade/study/faith_statistics.h"

#include <algorithm>
#include <cmath>

#include "saccade/core/error.h"
#include "saccade/eval/false_discovery.h"
#include "saccade/study/image_draws.h"

namespace saccade {
namespace {

// [methods][measures][detections]
using Values = std::vector<std::vector<std::vector<double>>>;

template <typename Measured>
Values values_of(const std::vector<FaithRecord>& records, std::size_t methods, std::size_t measures,
                 const Measured& measured) {
  Values values(methods, std::vector<std::vector<double>>(measures));
  for (const FaithRecord& record : records) {
    for (std::size_t m = 0; m < methods; ++m) {
      const std::vector<double> of_map = measured(record, m);
      for (std::size_t i = 0; i < measures; ++i) values[m][i].push_back(of_map[i]);
    }
  }
  return values;
}

int known_count(const std::vector<double>& values) {
  return static_cast<int>(
      std::count_if(values.begin(), values.end(), [](double v) { return std::isfinite(v); }));
}

std::optional<FaithDifference> difference_to(const ImageDraws& draws,
                                             const std::vector<double>& other,
                                             const std::vector<double>& own) {
  const BootstrapDifference difference = draws.difference(other, own);
  if (std::isnan(difference.p)) return std::nullopt;
  return FaithDifference{difference.difference, difference.p};
}

// `control`: the method beside random that the others are held against.
std::vector<FaithStatistic> statistics_of(const Values& values,
                                          const std::vector<std::string>& methods,
                                          const std::vector<FaithMeasure>& measures,
                                          const std::string& control, const ImageDraws& draws) {
  const auto place = [&](const std::string& name) {
    return static_cast<std::size_t>(std::find(methods.begin(), methods.end(), name) -
                                    methods.begin());
  };
  const std::size_t random = place(kRandomMap), other = place(control);
  std::vector<FaithStatistic> all;
  for (std::size_t m = 0; m < methods.size(); ++m) {
    for (std::size_t i = 0; i < measures.size(); ++i) {
      const std::vector<double>& own = values[m][i];
      FaithStatistic& one = all.emplace_back();
      one.method = methods[m], one.measure = measures[i].name;
      one.n = known_count(own);
      one.mean = draws.mean(own);
      if (m == random) continue;
      one.to_random = difference_to(draws, values[random][i], own);
      if (m != other && other < methods.size())
        one.to_control = difference_to(draws, values[other][i], own);
    }
  }
  return all;
}

// Of a statistic of a measure: whether an edge in it counts. The box alone is no method.
bool decides(const FaithStatistic& one, const FaithMeasure& measure) {
  return measure.decides && one.to_random && one.method != kBoxMap;
}

Edge edge_of(const FaithStatistic& one, const FaithMeasure& measure, double least) {
  const BootstrapInterval& d = one.to_random->interval;
  const bool is_sure = *one.q <= kEdgeQ && (d.low > 0 || d.high < 0);
  if (!is_sure || std::abs(d.value) < least) return Edge::kNone;
  return (d.value > 0) == measure.higher_is_better ? Edge::kBetter : Edge::kWorse;
}

// Adjusts p over everything that decides and finds the edges.
void find_edges(FaithResults& results, double least) {
  std::vector<std::pair<FaithStatistic*, const FaithMeasure*>> deciding;
  const auto add = [&](std::vector<FaithStatistic>& all, const std::vector<FaithMeasure>& of) {
    for (std::size_t i = 0; i < all.size(); ++i)
      if (decides(all[i], of[i % of.size()])) deciding.emplace_back(&all[i], &of[i % of.size()]);
  };
  add(results.maps, map_measures()), add(results.points, point_measures());
  std::vector<double> p;
  for (const auto& [one, measure] : deciding) p.push_back(one->to_random->p);
  const std::vector<double> q = benjamini_hochberg(p);
  for (std::size_t i = 0; i < deciding.size(); ++i) {
    deciding[i].first->q = q[i];
    deciding[i].first->edge = edge_of(*deciding[i].first, *deciding[i].second, least);
  }
  results.tests = static_cast<int>(deciding.size());
}

FaithSimilarity similarity_of(const std::vector<FaithRecord>& records, const FaithPlan& plan,
                              std::size_t method, std::size_t part, bool cascades,
                              const ImageDraws& draws) {
  std::vector<double> ranks, structures;
  for (const FaithRecord& record : records) {
    const auto& one = (cascades ? record.cascade : record.independent)[method][part];
    ranks.push_back(one.rank_correlation), structures.push_back(one.structure);
  }
  return {.method = plan.maps[method],
          .part = plan.parts[part],
          .cascades = cascades,
          .n = known_count(ranks),
          .rank_correlation = draws.mean(ranks),
          .structure = draws.mean(structures)};
}

}  // namespace

FaithResults faith_statistics(const std::vector<FaithTarget>& targets,
                              const std::vector<FaithRecord>& records, const FaithPlan& plan,
                              const FaithStatisticsOptions& options) {
  if (targets.size() != records.size())
    throw Error(text_of(targets.size(), " detections have ", records.size(), " records"));
  std::vector<int> images;
  for (const FaithTarget& target : targets) images.push_back(target.image);
  const ImageDraws draws(images, options.bootstrap);
  FaithResults results;
  results.maps =
      statistics_of(values_of(records, plan.maps.size(), map_measures().size(), map_values),
                    plan.maps, map_measures(), kBoxMap, draws);
  results.points = statistics_of(
      values_of(records, plan.point_orders.size(), point_measures().size(),
                [&](const FaithRecord& r, std::size_t o) { return point_values(r, o, plan); }),
      plan.point_orders, point_measures(), kWeightOrder, draws);
  find_edges(results, options.least_edge);
  for (std::size_t m = 0; m < plan.methods(); ++m)
    for (const bool cascades : {true, false})
      for (std::size_t part = 0; part < plan.parts.size(); ++part)
        results.similarities.push_back(similarity_of(records, plan, m, part, cascades, draws));
  return results;
}

}  // namespace saccade
