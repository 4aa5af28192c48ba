// Pictures of what a model in training finds, for TensorBoard.
#pragma once

#include "saccade/core/class_map.h"
#include "saccade/train/epoch_evaluation.h"
#include "saccade/train/run_events.h"

namespace saccade {

// The photograph with the detections of `results` above a score of 0.3 and, dashed, the true boxes.
// Throws Error: an image that cannot be read.
RunPicture draw_train_picture(const ValidationSet& set, const ClassMap& classes, int image,
                              const CocoResults& results);

}  // namespace saccade
