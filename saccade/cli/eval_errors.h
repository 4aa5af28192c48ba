// eval --errors: TIDE's types of errors, their images, and what attention did there.
#pragma once

#include <map>

#include "saccade/cli/eval_options.h"
#include "saccade/cli/evaluated_set.h"
#include "saccade/cli/model_session.h"
#include "saccade/eval/model_run.h"
#include "saccade/explain/query_statistics.h"
#include "saccade/study/error_report.h"

namespace saccade {

// Watches an evaluation: what the attention of every query of every image did.
class AttentionWatch {
 public:
  explicit AttentionWatch(const ModelSession& session)
      : recorder_(session.config(), session.interventions()) {}

  AttentionHook* hook() { return &recorder_; }
  // Makes the run tell of its outputs.
  void join(ModelRunOptions& options);
  // Of all ranks, on rank 0; elsewhere empty. By index of the image.
  std::map<int, QueryNumbers> gather(RankGroup& ranks) const;

 private:
  StatisticsRecorder recorder_;
  std::string bytes_;  // of each image: its index, the number of queries, their numbers
};

struct ReportedErrors {
  ErrorReport report;
  std::vector<std::string> pictures;  // of single errors, in --errors
};

// Mines errors, and writes errors.json, errors.csv, errors.png and pictures into --errors. On rank 0. What they are `of` must outlive
// the report.
ReportedErrors report_errors(const EvalOptions& options, const EvaluatedSet& set,
                             const ModelSession& session, const MinedResults& of,
                             const StudySource& source);

// Throws UsageError where files of another run are in --errors and may not be replaced.
void refuse_to_replace_errors(const EvalOptions& options);

}  // namespace saccade
