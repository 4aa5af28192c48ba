// libexec/saccade/saccade-torch: the commands that need a model.
#include "saccade/cli/command_line.h"
#include "saccade/cli/detect_command.h"
#include "saccade/cli/doctor_command.h"
#include "saccade/cli/eval_model_command.h"
#include "saccade/cli/explain_command.h"
#include "saccade/cli/export_command.h"
#include "saccade/cli/faith_command.h"
#include "saccade/cli/figure_provenance.h"
#include "saccade/cli/follow_command.h"
#include "saccade/cli/search_command.h"
#include "saccade/cli/sweep_command.h"
#include "saccade/cli/train_command.h"
#include "saccade/cli/view_command.h"
#include "saccade/op/selftest.h"

#include <cstdio>
#include <cstdlib>
#include <iostream>

namespace {

// Returning from main would let LibTorch take its thousands of operators apart one by one: a tenth of a second. What
// finds leaks and races reports when that is done.
int leave(int code) {
#if !defined(__SANITIZE_ADDRESS__) && !defined(__SANITIZE_THREAD__)
  std::cout.flush();
  std::cerr.flush();
  std::fflush(nullptr);
  std::_Exit(code);
#endif
  return code;
}

}  // namespace

int main(int argc, char** argv) {
  using namespace saccade;
  set_command_text(argc, argv);
  return leave(run_command_line(argc, argv,
                                {.detect = run_detect,
                                 .explain = run_explain,
                                 .follow = run_follow,
                                 .eval = run_eval,
                                 .export_model = run_export,
                                 .faith = run_faith_command,
                                 .search = run_search,
                                 .sweep = run_sweep,
                                 .train = run_train,
                                 .view = run_view,
                                 .selftest = [] { return run_op_selftest(std::cout) ? 0 : 1; },
                                 .doctor = run_doctor}));
}
