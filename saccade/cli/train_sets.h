// The data sets of a training run, looked at before anything is computed.
#pragma once

#include <memory>
#include <optional>

#include "saccade/cli/train_options.h"
#include "saccade/core/class_map.h"
#include "saccade/data/coco.h"
#include "saccade/dist/rank_group.h"
#include "saccade/train/epoch_evaluation.h"

namespace saccade {

struct TrainSets {
  std::unique_ptr<CocoDataSet> train, val;  // val null: what is evaluated on is `train`, or nothing
  std::filesystem::path train_images;       // folder
  std::vector<int> usable;                  // images of `train` to train on
  std::optional<ValidationSet> validation;
  std::string train_file, val_file;  // annotation files
};

// Reads both sets and looks at every image; each rank looks at its share. `for_training` false: the
// validation set alone. Problems are told on stderr by rank 0. Throws UsageError and Error: options that name
// no set, problems without --skip-broken, no image left.
TrainSets read_train_sets(const TrainOptions& options, bool for_training, RankGroup& ranks);

// Class index -> name as the training set has them.
ClassMap classes_of(const CocoDataSet& data);

// Outputs of the class head: the largest class index + 1, and for plain DETR one for "no object".
int num_classes_of(const CocoDataSet& data, ModelFamily family);

}  // namespace saccade
