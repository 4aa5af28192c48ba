// What evaluating a result file and evaluating a model have in common.
#include "saccade/cli/eval_run.h"

#include <filesystem>
#include <iostream>
#include <numeric>

#include "saccade/cli/eval_plot.h"
#include "saccade/cli/figure_provenance.h"
#include "saccade/core/error.h"
#include "saccade/core/one_line.h"
#include "saccade/data/subset.h"
#include "saccade/eval/eval_arrays.h"

namespace saccade {
namespace {

constexpr std::int64_t kMaxToldBroken = 50;

EvalComparison compare(const CocoDataSet& data, const CocoResults& results,
                       const CocoEvaluation& evaluation, const CocoEvalOptions& evaluating,
                       const EvalOptions& o) {
  const CocoResults others = read_results(o.compare, data, o);
  const CocoEvaluation other = evaluate_coco(data, others, evaluating);
  const BootstrapOptions options{
      .resamples = o.bootstrap, .seed = o.seed, .threads = o.model.threads};
  return {file_name_of(o.compare), other.stats,
          compare_by_bootstrap(data, results, evaluation, others, other, options)};
}

// The files that were asked for; their names in the order written.
std::vector<std::string> write_files(const CocoDataSet& data, const CocoEvaluation& evaluation,
                                     const EvalSource& source, const EvalOptions& o) {
  std::vector<std::string> written;
  if (!o.head_means.empty()) written.push_back(o.head_means);  // while the model ran
  if (!o.save_eval.empty()) {
    write_eval_arrays(o.save_eval, data, evaluation,
                      {{"command", command_text()}, {"version", SACCADE_VERSION}});
    written.push_back(o.save_eval);
  }
  if (!o.plot.empty()) {
    draw_eval_plot(data, evaluation, source, o.plot, o.subset > 0 ? std::to_string(o.seed) : "");
    written.push_back(o.plot);
  }
  return written;
}

}  // namespace

std::string file_name_of(const std::string& path) {
  return std::filesystem::path(path).filename().string();
}

void tell_broken(const std::vector<std::string>& lines, std::int64_t count) {
  std::int64_t told = 0;
  for (const std::string& line : lines) {
    if (told == kMaxToldBroken) break;
    std::cerr << "saccade: broken: " << one_line(line) << "\n";
    ++told;
  }
  if (count > told)
    std::cerr << "saccade: broken: and " << count - told << " more (saccade data check)\n";
}

EvalTruth read_truth(const DataSetPlace& place, const EvalOptions& o, bool silent) {
  CocoFile file = load_coco(place.annotations, o.model.threads);
  if (!silent) tell_broken(breaking_lines(file), file.breaking_count);
  return {std::move(file.data), file.breaking_count};
}

std::vector<std::string> breaking_lines(const CocoFile& file) {
  std::vector<std::string> lines;
  for (const DataProblem& problem : file.problems)
    if (problem.breaks) lines.push_back(problem.line());
  return lines;
}

void refuse_broken(std::int64_t problems, bool skip_broken) {
  if (problems == 0 || skip_broken) return;
  throw Error(text_of("the data set has ", problems, problems == 1 ? " problem" : " problems",
                      "; mend what is broken, or add --skip-broken to leave it out"));
}

CocoResults read_results(const std::string& file, const CocoDataSet& data, const EvalOptions& o) {
  CocoResults results = read_coco_results(file, data, o.model.threads);
  if (results.unknown_categories > 0 && !o.quiet)
    std::cerr << "saccade: note: " << file << ": " << results.unknown_categories
              << " left out: their category is not in " << data.path().string() << "\n";
  return results;
}

std::vector<int> chosen_images(const CocoDataSet& data, const EvalOptions& o) {
  const int count = static_cast<int>(data.images().size());
  if (o.subset > 0) return choose_subset(count, o.subset, o.seed);
  std::vector<int> all(count);
  std::iota(all.begin(), all.end(), 0);
  return all;
}

std::string seed_text(const EvalOptions& o) {
  const bool is_random = o.subset > 0 || !o.compare.empty() || !o.errors.empty();
  return is_random ? std::to_string(o.seed) : "";
}

ReportedEvaluation report_evaluation(const CocoDataSet& data, const CocoResults& results,
                                     const std::vector<int>& images, const EvalSource& source,
                                     const EvalOptions& o) {
  if (images.empty()) throw Error(text_of(data.path().string(), ": no image is left to evaluate"));
  const CocoEvalOptions options{.iou_type = o.iou_type == "segm" ? IouType::kMask : IouType::kBox,
                                .images = images,
                                .pycocotools_id0 = o.pycocotools_id0,
                                .keep_matches = o.tide || !o.compare.empty() || !o.errors.empty(),
                                .threads = o.model.threads};
  ReportedEvaluation done{evaluate_coco(data, results, options), {}};
  const CocoEvaluation& evaluation = done.evaluation;
  EvalReport report{.data = &data, .evaluation = &evaluation, .source = source};
  if (!o.compare.empty()) report.compare = compare(data, results, evaluation, options, o);
  if (o.tide) report.tide = tide_errors(data, results, evaluation, {.threads = o.model.threads});
  // Numbers first: a picture that cannot be written must not take them along.
  if (!o.json || !o.html.empty()) done.text = eval_text(report);
  std::cout << (o.json ? eval_json(report) + "\n" : done.text) << std::flush;
  const std::vector<std::string> written = write_files(data, evaluation, source, o);
  if (o.quiet || o.json) return done;
  if (!source.written.empty()) std::cout << "wrote " << source.written << "\n";
  for (const std::string& file : written) std::cout << "wrote " << file << "\n";
  return done;
}

}  // namespace saccade
