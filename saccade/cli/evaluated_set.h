// The data set that a model is run on, looked at before anything is computed.
#pragma once

#include <vector>

#include "saccade/cli/eval_run.h"
#include "saccade/cli/model_session.h"
#include "saccade/dist/rank_group.h"
#include "saccade/eval/eval_images.h"
#include "saccade/model/load_model.h"
#include "saccade/study/sweep_report.h"

namespace saccade {

struct EvaluatedSet {
  DataSetPlace place;
  EvalTruth truth;
  EvalImages images;
  std::size_t chosen = 0;  // images that were asked for

  // Of the usable images those that were not left out while running, ascending as chosen.
  std::vector<int> evaluated(const std::vector<ImageProblem>& left_out) const;
};

// Reads the annotations and looks at the images that were chosen. Tells on rank 0's stderr what is broken. Throws
// Error where something is, without --skip-broken. Ranks exchange under `name`: each set of a job needs its own.
EvaluatedSet open_evaluated_set(const EvalOptions& options, RankGroup& ranks,
                                const std::string& name = "image");

// The lines of problems on stderr.
void tell_problems(const std::vector<ImageProblem>& problems);
// A note for each class that the model and the data set call by different names.
void tell_conflicts(const LoadedModel& model, const CocoDataSet& data);

// Command, program, model, data set and interventions; how long it took and what was left out is the caller's to add.
StudySource study_source(const ModelSession& session, const std::string& set);

}  // namespace saccade
