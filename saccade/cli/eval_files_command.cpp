// saccade eval of a result file.
#include "saccade/cli/eval_files_command.h"

#include <filesystem>
#include <iostream>

#include "saccade/cli/eval_report.h"
#include "saccade/cli/output_files.h"
#include "saccade/core/error.h"
#include "saccade/data/subset.h"
#include "saccade/eval/eval_arrays.h"

namespace saccade {
namespace {

std::string name_of_file(const std::filesystem::path& path) { return path.filename().string(); }

CocoResults read_results(const std::string& file, const CocoDataSet& data, const EvalOptions& o) {
  CocoResults results = read_coco_results(file, data, o.threads);
  if (results.unknown_categories > 0 && !o.quiet)
    std::cerr << "saccade: note: " << file << ": " << results.unknown_categories
              << " left out: their category is not in " << o.annotations << "\n";
  return results;
}

CocoEvalOptions evaluation_options(const EvalOptions& o, const CocoDataSet& data) {
  CocoEvalOptions options;
  options.iou_type = o.iou_type == "segm" ? IouType::kMask : IouType::kBox;
  options.pycocotools_id0 = o.pycocotools_id0;
  options.keep_matches = o.tide || !o.compare.empty();
  options.threads = o.threads;
  if (o.subset > 0)
    options.images = choose_subset(static_cast<int>(data.images().size()), o.subset, o.seed);
  return options;
}

EvalComparison compare(const CocoDataSet& data, const CocoResults& results,
                       const CocoEvaluation& evaluation, const CocoEvalOptions& evaluating,
                       const EvalOptions& o) {
  const CocoResults others = read_results(o.compare, data, o);
  const CocoEvaluation other = evaluate_coco(data, others, evaluating);
  const BootstrapOptions options{.resamples = o.bootstrap, .seed = o.seed, .threads = o.threads};
  return {name_of_file(o.compare), other.stats,
          compare_by_bootstrap(data, results, evaluation, others, other, options)};
}

void save(const CocoDataSet& data, const CocoEvaluation& evaluation, const EvalOptions& o) {
  write_eval_arrays(o.save_eval, data, evaluation,
                    {{"command", command_text(o)}, {"version", SACCADE_VERSION}});
}

}  // namespace

int run_eval_files(const EvalOptions& o) {
  refuse_to_replace(o.save_eval, o.overwrite);
  const CocoDataSet data = load_whole_coco(o.annotations, o.threads);
  const CocoResults results = read_results(o.detections, data, o);
  const CocoEvalOptions options = evaluation_options(o, data);
  const CocoEvaluation evaluation = evaluate_coco(data, results, options);
  EvalReport report{.data = &data, .evaluation = &evaluation};
  if (!o.compare.empty()) report.compare = compare(data, results, evaluation, options, o);
  if (o.tide) report.tide = tide_errors(data, results, evaluation, {.threads = o.threads});
  if (!o.save_eval.empty()) save(data, evaluation, o);
  if (o.json) {
    std::cout << eval_json(report) << "\n";
  } else {
    std::cout << eval_text(report);
    if (!o.save_eval.empty() && !o.quiet) std::cout << "\nwrote " << o.save_eval << "\n";
  }
  return 0;
}

}  // namespace saccade
