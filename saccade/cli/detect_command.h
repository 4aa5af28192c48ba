// saccade detect: boxes, labels and scores for images.
#pragma once

#include "saccade/cli/options.h"

namespace saccade {

// 0, or 1 when an image could not be read; the others are done all the same.
int run_detect(const DetectOptions& options);

}  // namespace saccade
