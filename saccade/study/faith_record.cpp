// One detection's measurements as a row of numbers.
#include "saccade/study/faith_record.h"

#include <algorithm>
#include <cstring>
#include <limits>
#include <tuple>
#include <type_traits>

#include "saccade/core/error.h"
#include "saccade/core/random.h"

namespace saccade {
namespace {

constexpr double kUnknown = std::numeric_limits<double>::quiet_NaN();

template <typename Record>
concept AnyRecord = std::is_same_v<std::remove_const_t<Record>, FaithRecord>;

void visit_scores(auto& all, const auto& visit) {
  for (auto& kinds : all)
    for (auto& scores : kinds)
      for (auto& score : scores) visit(score.iou_cos), visit(score.same_class);
}

void visit_similarities(auto& all, const auto& visit) {
  for (auto& stages : all)
    for (auto& one : stages) visit(one.rank_correlation), visit(one.structure);
}

// Every number, always in this order.
void visit_numbers(AnyRecord auto& record, const auto& visit) {
  for (auto& share : record.shares) visit(share);
  visit(record.box_share);
  for (auto& p : record.places) {
    visit(p.pointing_box), visit(p.energy_box), visit(p.pointing_mask), visit(p.energy_mask);
    visit(p.compactness), visit(p.other_objects), visit(p.mask_iou_mean), visit(p.mask_iou_best);
  }
  visit_scores(record.pixels, visit);
  visit_scores(record.points, visit);
  visit_similarities(record.cascade, visit);
  visit_similarities(record.independent, visit);
}

RemovalScores unknown_scores(int kinds, std::size_t shares) {
  return RemovalScores(static_cast<std::size_t>(kinds),
                       std::vector<TargetScore>(shares, {kUnknown, kUnknown}));
}

std::uint64_t draw_of(const FaithTarget& target, std::uint64_t seed) {
  return Random({seed, static_cast<std::uint64_t>(target.image),
                 static_cast<std::uint64_t>(target.query),
                 static_cast<std::uint64_t>(target.label)})
      .next();
}

}  // namespace

std::vector<double> FaithPlan::point_shares() const {
  std::vector<double> shares;
  for (int i = 0; i <= point_steps; ++i)
    shares.push_back(static_cast<double>(i) / static_cast<double>(point_steps));
  return shares;
}

FaithRecord empty_record(const FaithPlan& plan) {
  constexpr MapPlace kNowhere{kUnknown, kUnknown, kUnknown, kUnknown,
                              kUnknown, kUnknown, kUnknown, kUnknown};
  FaithRecord record;
  record.shares.assign(removal_shares(1, plan.steps).size(), kUnknown);
  record.box_share = kUnknown;
  record.places.assign(plan.maps.size(), kNowhere);
  record.pixels.assign(plan.maps.size(), unknown_scores(kPixelRemovals, record.shares.size()));
  record.points.assign(plan.point_orders.size(),
                       unknown_scores(kPointRemovals, plan.point_shares().size()));
  record.cascade.assign(plan.methods(),
                        std::vector<MapSimilarity>(plan.parts.size(), {kUnknown, kUnknown}));
  record.independent = record.cascade;
  return record;
}

std::vector<double> to_numbers(const FaithRecord& record) {
  std::vector<double> numbers;
  visit_numbers(record, [&](double number) { numbers.push_back(number); });
  return numbers;
}

FaithRecord record_of(const std::vector<double>& numbers, const FaithPlan& plan) {
  FaithRecord record = empty_record(plan);
  std::size_t at = 0;
  visit_numbers(record, [&](double& number) {
    if (at < numbers.size()) number = numbers[at];
    ++at;
  });
  if (at != numbers.size())
    throw Error(text_of("a row of ", numbers.size(), " numbers, expected ", at));
  return record;
}

std::string target_bytes(const std::vector<FaithTarget>& targets) {
  static_assert(std::is_trivially_copyable_v<FaithTarget>);
  return {reinterpret_cast<const char*>(targets.data()), targets.size() * sizeof(FaithTarget)};
}

void append_targets(std::vector<FaithTarget>& targets, const std::string& bytes) {
  if (bytes.size() % sizeof(FaithTarget) != 0) throw Error("a rank sent damaged detections");
  const std::size_t before = targets.size();
  targets.resize(before + bytes.size() / sizeof(FaithTarget));
  if (!bytes.empty()) std::memcpy(&targets[before], bytes.data(), bytes.size());
}

std::vector<FaithTarget> drawn_targets(std::vector<FaithTarget> all, int count,
                                       std::uint64_t seed) {
  std::vector<std::pair<std::uint64_t, FaithTarget>> drawn;
  for (const FaithTarget& target : all) drawn.emplace_back(draw_of(target, seed), target);
  const auto place = [](const FaithTarget& t) {
    return std::tuple(t.image, -t.score, t.query, t.label);
  };
  std::sort(drawn.begin(), drawn.end(), [&](const auto& a, const auto& b) {
    return a.first != b.first ? a.first < b.first : place(a.second) < place(b.second);
  });
  drawn.resize(std::min(drawn.size(), static_cast<std::size_t>(count)));
  std::vector<FaithTarget> targets;
  for (const auto& [draw, target] : drawn) targets.push_back(target);
  std::sort(targets.begin(), targets.end(),
            [&](const FaithTarget& a, const FaithTarget& b) { return place(a) < place(b); });
  return targets;
}

std::vector<bool> first_drawn(const std::vector<FaithTarget>& targets, int count,
                              std::uint64_t seed) {
  std::vector<std::pair<std::uint64_t, std::size_t>> order;
  for (std::size_t i = 0; i < targets.size(); ++i) order.emplace_back(draw_of(targets[i], seed), i);
  std::sort(order.begin(), order.end());
  order.resize(std::min(order.size(), static_cast<std::size_t>(count)));
  std::vector<bool> first(targets.size());
  for (const auto& [draw, i] : order) first[i] = true;
  return first;
}

}  // namespace saccade
