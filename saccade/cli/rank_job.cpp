// A command that several processes run together.
#include "saccade/cli/rank_job.h"

#include <exception>

namespace saccade {

int run_job(const std::function<int(RankGroup& ranks, int local_rank)>& work) {
  const auto environment = read_rank_environment();
  RankGroup ranks(environment);
  try {
    const int code = work(ranks, environment ? environment->local_rank : 0);
    ranks.finish();
    return code;
  } catch (const std::exception& error) {
    ranks.fail(error.what());
    throw;
  }
}

}  // namespace saccade
