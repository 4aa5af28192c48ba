// The faithfulness of maps as text, JSON, CSV and a picture: which of them deserves trust.
#pragma once

#include <string>
#include <vector>

#include "saccade/data/coco.h"
#include "saccade/render/interval_figure.h"
#include "saccade/study/faith_statistics.h"
#include "saccade/study/study_source.h"

namespace saccade {

struct FaithReport {
  const CocoDataSet* data = nullptr;  // must outlive the report
  FaithPlan plan;
  std::vector<FaithTarget> targets;
  std::vector<FaithRecord> records;  // of the targets
  std::vector<int> category_of;      // by class index; index into the data set's categories
  std::size_t found = 0;             // detections that targets were drawn from
  double threshold = 0.5;            // their least score
  std::uint64_t seed = 0;
  FaithStatisticsOptions options;
  FaithResults results;
  StudySource source;

  std::size_t images() const;  // that the targets are of
};

// What is measured, every mean with its interval and the difference to random, which maps have an edge and which have
// not, and which stay alike with all weights but the backbone's drawn anew.
std::string faith_text(const FaithReport& report);
// Everything, also of every detection; null where there is nothing to measure.
std::string faith_json(const FaithReport& report);
// method,measure,n,mean,ci_low,ci_high,d_random,d_random_low,d_random_high,p,q,edge,d_control,d_control_low,d_control_high; an
// empty field where there is nothing to measure. Sanity checks are rows without differences.
std::string faith_csv(const FaithReport& report);
IntervalFigure faith_figure(const FaithReport& report);

// One line for each method: where it has an edge and where not. Also of the picture.
struct FaithVerdict {
  std::string method;
  std::vector<std::string> better, none, worse;  // words of the measures that decide
  bool beats_box =
      false;  // in one that decides at least, the interval of the difference to the box alone lies on the better side
  std::optional<double> alike;  // rank correlation, all weights but the backbone's drawn anew
};
std::vector<FaithVerdict> faith_verdicts(const FaithReport& report);
// "edge in insertion; none in deletion, blur; changes with the weights (0.31)"
std::string verdict_words(const FaithVerdict& verdict);

}  // namespace saccade
