// The faithfulness of a model's maps on detections of a data set, shared by several processes.
#pragma once

#include <filesystem>
#include <vector>

#include "saccade/data/coco.h"
#include "saccade/dist/rank_group.h"
#include "saccade/eval/eval_images.h"
#include "saccade/study/faith_meter.h"
#include "saccade/study/number_store.h"

namespace saccade {

// What is run, and on what. All of it must outlive a run.
struct FaithRun {
  const LoadedModel& model;
  const std::vector<Intervention>& interventions;  // hold in every run; none is a patch
  const CocoDataSet& data;
  std::filesystem::path images;  // folder
  const FaithOptions& options;
  bool skip_broken = false;  // leave out an image that cannot be decoded instead of throwing
  bool quiet = false;        // no progress
};

struct FoundTargets {
  std::vector<FaithTarget> all;        // with a score of the threshold or more
  double best_score = 0;               // of any detection
  std::vector<ImageProblem> left_out;  // images left out (skip_broken); on rank 0
};

// All detections of the chosen images, the same on every rank. Throws Error: an image that cannot be decoded, a class head
// that names no category, a rank that is gone.
FoundTargets find_targets(const FaithRun& run, const std::vector<EvalImage>& chosen,
                          double threshold, RankGroup& ranks);

// Measures what `store` lacks of the targets and puts it there, row i of target i. Only rank 0 has a store, elsewhere it is
// null; it grows while the ranks run. The numbers are the same for any number of ranks. Returns the seconds it took.
double run_faith(const FaithRun& run, const std::vector<FaithTarget>& targets, NumberStore* store,
                 RankGroup& ranks);

}  // namespace saccade
