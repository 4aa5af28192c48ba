// saccade follow: one object through the frames of a sequence.
#pragma once

#include "saccade/cli/follow_options.h"

namespace saccade {

int run_follow(const FollowOptions& options);

}  // namespace saccade
