// The options of a run as a checkpoint keeps them, and back.
#pragma once

#include "saccade/checkpoint/weights_file.h"
#include "saccade/train/train_config.h"

namespace saccade {

// Every option under its official name; lists with a space between their words.
Args args_of(const TrainConfig& config);

// Options that `args` holds replace those of `config`; the architecture stays as it is. Values of
// another type are left alone.
void apply_args(const Args& args, TrainConfig& config);

}  // namespace saccade
