// TIDE's types of errors, the images they are on, and what attention did there, against true positives.
#pragma once

#include <array>
#include <cstdint>
#include <map>
#include <string>
#include <vector>

#include "saccade/core/attention_statistics.h"
#include "saccade/eval/bootstrap.h"
#include "saccade/eval/tide.h"

namespace saccade {

// True positives, then TIDE's types in their order.
inline constexpr int kNumOutcomes = 1 + kNumTideTypes;
inline constexpr int kTruePositive = 0;
inline constexpr int kMissed = 1 + static_cast<int>(TideType::kMiss);
// "TP", "Cls", ...
const char* outcome_name(int outcome);

// Numbers of the queries of an image, by query; the same count for each.
using QueryNumbers = std::vector<AttentionStatistics>;

// What is mined: results of an evaluation that kept its matches, and what is known of each.
struct MinedResults {
  const CocoDataSet& data;
  const CocoResults& results;
  const std::vector<int>& queries;  // decoder query of each result
  const CocoEvaluation& evaluation;
  const std::map<int, QueryNumbers>& attention;  // by image
};

struct MiningOptions {
  double threshold = 0.3;  // least score of a result whose attention is looked at
  BootstrapOptions bootstrap;
};

// A result at or above the threshold, or a missed truth with the result that overlaps it most.
struct MinedRow {
  int outcome = kTruePositive;
  std::int32_t image = 0;       // index into data.images()
  std::int32_t detection = -1;  // into results.detections; -1: a missed truth that nothing overlaps
  std::int32_t truth = -1;      // into data.annotations(): what it concerns; -1: nothing
  int query = -1;
  double iou = 0;  // of the result with that truth
  AttentionStatistics attention;
};

struct NumberSummary {
  std::int64_t count = 0;  // of values that are numbers
  double mean = 0, low = 0, quartile1 = 0, median = 0, quartile3 = 0,
         high = 0;  // low, high: 5, 95 %
};

// Cliff's delta of a type's values against those of true positives: how much more often an error's value is the larger one
// than the smaller one, -1 to 1. The interval and p are of resamples of images. NaN where either has no value; the
// interval where either's values are on fewer than kFewestTestedImages images: resamples of them would all look alike.
inline constexpr std::size_t kFewestTestedImages = 10;
struct NumberEffect {
  BootstrapInterval delta;
  double p = 1;
  double q = 1;  // after Benjamini and Hochberg over all types and numbers that are tested

  bool is_tested() const;  // has an interval
};

// An image with the results of one type that are on it.
struct MinedImage {
  std::int32_t image = 0;
  std::vector<int>
      rows;           // into ErrorStudy::rows, the most confident (Miss: the largest truth) first
  double weight = 0;  // sum of their scores; Miss: their number
};

struct Outcome {
  std::int64_t all = 0;    // of every score, as TIDE counts
  std::int64_t shown = 0;  // rows
  double dap = 0;          // dAP50 of repairing the type; 0 for true positives
  std::vector<NumberSummary> numbers;
  std::vector<NumberEffect> effects;  // empty for true positives
  std::vector<MinedImage> images;     // the worst first
};

struct ErrorStudy {
  double ap50 = 0;
  int levels = 0;              // numbers are kNumAttentionNumbers + levels
  std::vector<MinedRow> rows;  // by outcome, then by image
  std::array<Outcome, kNumOutcomes> outcomes;
};

// Throws Error: no matches were kept, an image without numbers of its queries.
ErrorStudy mine_errors(const MinedResults& of, const MiningOptions& options);

}  // namespace saccade
