// Means over detections, how far they depend on which images were looked at, and which maps have an edge.
#pragma once

#include <optional>
#include <string>
#include <vector>

#include "saccade/eval/bootstrap.h"
#include "saccade/study/faith_measures.h"

namespace saccade {

enum class Edge { kNone, kBetter, kWorse };

struct FaithDifference {
  BootstrapInterval
      interval;  // this map's mean minus the other's, over detections that both are known of
  double p = 1;  // two-sided (BootstrapDifference)
};

// One measure of one map or order of points.
struct FaithStatistic {
  std::string method, measure;
  int n = 0;  // detections it is known of
  BootstrapInterval mean;
  std::optional<FaithDifference> to_random;   // none of kRandomMap itself
  std::optional<FaithDifference> to_control;  // maps: to kBoxMap; orders: to that of the weights
  // Of measures that decide, p of to_random adjusted over all of them (Benjamini and Hochberg).
  std::optional<double> q;
  Edge edge = Edge::kNone;
};

// How alike a method's maps stay when weights are drawn anew.
struct FaithSimilarity {
  std::string method, part;
  bool cascades =
      false;  // all weights from the heads to this part, the backbone's never, or this part alone
  int n = 0;
  BootstrapInterval rank_correlation, structure;
};

struct FaithResults {
  std::vector<FaithStatistic> maps, points;  // by method, then measure
  std::vector<FaithSimilarity> similarities;
  int tests = 0;  // that q is adjusted over
};

struct FaithStatisticsOptions {
  BootstrapOptions bootstrap;
  double least_edge = 0.05;  // a smaller difference is no edge, however sure it is
};

// The records are of the targets. Images are drawn with replacement, each with all of its detections. Throws Error: no
// record, bootstrap.check().
FaithResults faith_statistics(const std::vector<FaithTarget>& targets,
                              const std::vector<FaithRecord>& records, const FaithPlan& plan,
                              const FaithStatisticsOptions& options);

// Adjusted p of an edge; what a map that shows what was learned stays below, with all weights but the
// backbone's drawn anew.
inline constexpr double kEdgeQ = 0.05, kAlikeRank = 0.5;

}  // namespace saccade
