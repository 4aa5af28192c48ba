// COCO's twelve numbers and the AP of each class.
#include "saccade/eval/coco_summary.h"

#include <cstdio>
#include <span>

namespace saccade {
namespace {

struct Statistic {
  bool is_recall;
  int t;  // -1: all
  int a, m;
};

constexpr std::array<Statistic, kNumCocoStats> kStatistics = {{{false, -1, 0, 2},
                                                               {false, kIou50, 0, 2},
                                                               {false, kIou75, 0, 2},
                                                               {false, -1, 1, 2},
                                                               {false, -1, 2, 2},
                                                               {false, -1, 3, 2},
                                                               {true, -1, 0, 0},
                                                               {true, -1, 0, 1},
                                                               {true, -1, 0, 2},
                                                               {true, -1, 1, 2},
                                                               {true, -1, 2, 2},
                                                               {true, -1, 3, 2}}};

// numpy sums eight interleaved parts of at most 128 values and halves longer arrays: the rounding of
// the result depends on it.
double numpy_sum(std::span<const double> v) {
  if (v.size() < 8) {
    double sum = 0;
    for (const double x : v) sum += x;
    return sum;
  }
  if (v.size() > 128) {
    const std::size_t half = v.size() / 2 - v.size() / 2 % 8;
    return numpy_sum(v.first(half)) + numpy_sum(v.subspan(half));
  }
  std::array<double, 8> r;
  for (std::size_t i = 0; i < 8; ++i) r[i] = v[i];
  std::size_t i = 8;
  for (; i + 8 <= v.size(); i += 8) {
    for (std::size_t j = 0; j < 8; ++j) r[j] += v[i + j];
  }
  double sum = ((r[0] + r[1]) + (r[2] + r[3])) + ((r[4] + r[5]) + (r[6] + r[7]));
  for (; i < v.size(); ++i) sum += v[i];
  return sum;
}

std::vector<double> values_of(const EvalArrays& arrays, const Statistic& s) {
  std::vector<double> values;
  const int first = s.t < 0 ? 0 : s.t, last = s.t < 0 ? kNumIouThresholds - 1 : s.t;
  EvalIndex i{.a = s.a, .m = s.m};
  for (i.t = first; i.t <= last; ++i.t) {
    for (i.r = 0; i.r < (s.is_recall ? 1 : kNumRecallThresholds); ++i.r) {
      for (i.k = 0; i.k < arrays.num_categories(); ++i.k) {
        values.push_back(s.is_recall ? arrays.recall(i) : arrays.precision(i));
      }
    }
  }
  return values;
}

}  // namespace

const std::array<const char*, kNumCocoStats> kCocoStatNames = {
    "AP", "AP50", "AP75", "APs", "APm", "APl", "AR1", "AR10", "AR100", "ARs", "ARm", "ARl"};

double mean_of_known(const std::vector<double>& values) {
  std::vector<double> known;
  known.reserve(values.size());
  for (const double v : values) {
    if (v > -1) known.push_back(v);
  }
  return known.empty() ? -1 : numpy_sum(known) / static_cast<double>(known.size());
}

CocoStats summarize(const EvalArrays& arrays) {
  CocoStats stats;
  for (int i = 0; i < kNumCocoStats; ++i) {
    stats[i] = mean_of_known(values_of(arrays, kStatistics[i]));
  }
  return stats;
}

double class_ap(const EvalArrays& arrays, int category) {
  std::vector<double> values;
  for (int t = 0; t < kNumIouThresholds; ++t) {
    const auto curve = arrays.precision_curve({.t = t, .k = category});
    values.insert(values.end(), curve.begin(), curve.end());
  }
  return mean_of_known(values);
}

double class_ap_at(const EvalArrays& arrays, int category, int t) {
  const auto curve = arrays.precision_curve({.t = t, .k = category});
  return mean_of_known({curve.begin(), curve.end()});
}

std::string stat_line(int i, double value) {
  const Statistic& s = kStatistics[i];
  std::string iou = "0.50:0.95";
  if (s.t == kIou50) iou = "0.50";
  if (s.t == kIou75) iou = "0.75";
  char line[128];
  std::snprintf(line, sizeof(line), " %-18s %s @[ IoU=%-9s | area=%6s | maxDets=%3d ] = %0.3f",
                s.is_recall ? "Average Recall" : "Average Precision", s.is_recall ? "(AR)" : "(AP)",
                iou.c_str(), kAreaRanges[s.a].name, kMaxDetections[s.m], value);
  return line;
}

}  // namespace saccade
