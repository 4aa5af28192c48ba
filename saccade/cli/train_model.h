// The detector a training run begins with.
#pragma once

#include <optional>
#include <string>

#include "saccade/cli/train_options.h"
#include "saccade/model/load_model.h"
#include "saccade/train/training_checkpoint.h"

namespace saccade {

// What a run starts from; at most one of the two files is there.
struct TrainStart {
  std::optional<TrainingCheckpoint> checkpoint;  // --resume
  std::optional<WeightsFile> weights;            // --weights
  std::string notes;                             // what became of the tensors, for people
};

// Reads the file of --resume or --weights. `resume auto` without a checkpoint is none.
TrainStart read_train_start(const TrainOptions& options);

// The options with those of the start's file as defaults: architecture, and for a checkpoint all others.
TrainOptions with_start(const TrainOptions& options, const TrainStart& start);

// The detector with the start's weights; from nothing where there are none. `start.notes` tells what was
// kept. Throws UsageError: from nothing with a frozen norm, whose first layers would never learn.
LoadedModel make_train_model(const TrainOptions& options, ClassMap classes, TrainStart& start);

}  // namespace saccade
