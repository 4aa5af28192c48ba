// libexec/saccade/saccade-torch: the commands that need a model.
#include "saccade/cli/command_line.h"
#include "saccade/cli/detect_command.h"
#include "saccade/cli/doctor_command.h"
#include "saccade/cli/eval_model_command.h"
#include "saccade/cli/explain_command.h"
#include "saccade/cli/export_command.h"
#include "saccade/cli/figure_provenance.h"
#include "saccade/cli/search_command.h"
#include "saccade/cli/sweep_command.h"
#include "saccade/cli/train_command.h"
#include "saccade/cli/view_command.h"
#include "saccade/op/selftest.h"

#include <iostream>

int main(int argc, char** argv) {
  using namespace saccade;
  set_command_text(argc, argv);
  return run_command_line(argc, argv,
                          {.detect = run_detect,
                           .explain = run_explain,
                           .eval = run_eval,
                           .export_model = run_export,
                           .search = run_search,
                           .sweep = run_sweep,
                           .train = run_train,
                           .view = run_view,
                           .selftest = [] { return run_op_selftest(std::cout) ? 0 : 1; },
                           .doctor = run_doctor});
}
