// What is wrong with a data set, one line each.
#include "saccade/data/data_problem.h"

namespace saccade {

void ProblemList::add(DataProblem problem) {
  const bool breaks = problem.breaks;
  if (keeps(breaks)) kept_.push_back(std::move(problem));
  count_only(1, breaks ? 1 : 0);
}

void ProblemList::count_only(std::int64_t more, std::int64_t breaking) {
  count_ += more;
  breaking_ += breaking;
}

}  // namespace saccade
