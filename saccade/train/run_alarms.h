// What goes wrong in silence: noticed in the evaluations of a run.
#pragma once

#include <string>
#include <vector>

#include "saccade/train/epoch_evaluation.h"

namespace saccade {

class RunAlarms {
 public:
  // Sentences for people, each once when it becomes true: AP50 stays 0, all queries say the same.
  std::vector<std::string> after(const EpochEvaluation& evaluation);

 private:
  int at_zero_ = 0, collapsed_ = 0;  // evaluations in a row
};

}  // namespace saccade
