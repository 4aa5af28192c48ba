// bin/saccade: answers by itself what needs no tensor, and starts saccade-torch for the rest.
#include "saccade/cli/command_line.h"
#include "saccade/cli/doctor_command.h"
#include "saccade/cli/eval_files_command.h"
#include "saccade/cli/figure_provenance.h"
#include "saccade/cli/program_files.h"

int main(int argc, char** argv) {
  using namespace saccade;
  set_command_text(argc, argv);
  const auto with_tensors = [&](const auto&...) -> int { become_torch_program(argc, argv); };
  return run_command_line(argc, argv,
                          {.detect = with_tensors,
                           .explain = with_tensors,
                           .follow = with_tensors,
                           .eval =
                               [&](const EvalOptions& o) {
                                 return o.detections.empty() ? with_tensors() : run_eval_files(o);
                               },
                           .export_model = with_tensors,
                           .faith = with_tensors,
                           .search = with_tensors,
                           .sweep = with_tensors,
                           .train = with_tensors,
                           .view = with_tensors,
                           .selftest = with_tensors,
                           .doctor = run_doctor});
}
