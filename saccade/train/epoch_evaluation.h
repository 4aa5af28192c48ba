// What a model in training is worth: AP and losses on the validation set.
#pragma once

#include <filesystem>
#include <string>
#include <vector>

#include "saccade/eval/coco_eval.h"
#include "saccade/eval/model_run.h"
#include "saccade/train/loss_meters.h"
#include "saccade/train/train_config.h"

namespace saccade {

struct ValidationSet {
  const CocoDataSet* data = nullptr;
  std::filesystem::path images;   // folder
  std::vector<EvalImage> usable;  // images to evaluate on
};

// Of rank 0; elsewhere empty.
struct EpochEvaluation {
  CocoEvaluation evaluation;
  ModelRun run;
  LossMeters losses;  // means over batches, without lr and grad_norm
  // Largest standard deviation of a coordinate of the last layer's boxes over all queries and images, as
  // a fraction of the image: near 0 where every query says the same.
  double box_spread = 0;
};

// Every rank calls it with the same `name`, each name once. Of `extra` the hook and `before` are taken.
EpochEvaluation evaluate_epoch(const LoadedModel& model, const ValidationSet& set,
                               const TrainConfig& config, RankGroup& ranks, const std::string& name,
                               bool quiet, const ModelRunOptions& extra = {});

}  // namespace saccade
