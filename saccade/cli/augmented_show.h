// data show --augmented: what the training pipeline makes of images.
#pragma once

#include "saccade/cli/show_run.h"

namespace saccade {

// Draws each chosen image --draws times as training does in epochs --epoch, --epoch + 1, ... with --seed;
// four images a figure. Throws as ShowRun.
void show_augmented(const ShowArguments& arguments);

}  // namespace saccade
