// saccade eval of a result file.
#include "saccade/cli/eval_files_command.h"

#include "saccade/cli/eval_run.h"
#include "saccade/cli/figure_provenance.h"
#include "saccade/cli/html_page.h"
#include "saccade/core/error.h"
#include "saccade/dist/rank_environment.h"

namespace saccade {

int run_eval_files(const EvalOptions& o) {
  check_eval_options(o);
  // Two files are no work to share: where several processes were started, one answers.
  if (const auto ranks = read_rank_environment(); ranks && ranks->rank > 0) return 0;
  refuse_to_replace_outputs(o);
  const DataSetPlace place = data_set_of(o.set, "val", ImagesNeeded::kNo);
  const EvalTruth truth = read_truth(place, o);
  refuse_broken(truth.broken, o.skip_broken);
  EvalSource source{.name = file_name_of(o.detections), .left_out_records = truth.broken};
  const CocoResults results = read_results(o.detections, truth.data, o);
  const ReportedEvaluation done =
      report_evaluation(truth.data, results, chosen_images(truth.data, o), source, o);
  write_html_page(o, [&] {
    return eval_page({.command = command_text(),
                      .version = SACCADE_VERSION,
                      .model = source.name,
                      .set = place.name,
                      .seed = seed_text(o)},
                     done.text, page_pictures(o));
  });
  return 0;
}

}  // namespace saccade
