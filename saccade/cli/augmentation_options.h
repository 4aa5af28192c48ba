// Options of what training draws, shared by `train` and `data show --augmented`.
#pragma once

namespace CLI {
class App;
}

namespace saccade {

struct AugmentationChange;

void add_augmentation_options(CLI::App& command, AugmentationChange& change);

}  // namespace saccade
