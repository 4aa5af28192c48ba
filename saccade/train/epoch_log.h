// An epoch as a line of log.txt, and as a line for people.
#pragma once

#include <cstdint>
#include <string>

#include "saccade/train/epoch_evaluation.h"

namespace saccade {

// One JSON object with the original's keys (training.md 6.2). `result` is null where the epoch was not
// evaluated; its keys are then left out.
std::string epoch_log_line(std::int64_t epoch, std::int64_t n_parameters, const LossMeters& train,
                           const EpochEvaluation* result);

// "epoch 3  AP 0.2710  AP50 0.5030 ..."; counts from 1.
std::string epoch_text(std::int64_t epoch, const EpochEvaluation& result);

}  // namespace saccade
