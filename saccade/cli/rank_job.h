// A command that several processes run together.
#pragma once

#include <functional>

#include "saccade/dist/rank_group.h"

namespace saccade {

// Meets the other processes of the job, if there are any, runs this one's part and returns its exit code. `local_rank` is the
// process's number on its machine. What `work` throws is told to the others.
int run_job(const std::function<int(RankGroup& ranks, int local_rank)>& work);

}  // namespace saccade
