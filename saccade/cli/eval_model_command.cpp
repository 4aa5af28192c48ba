// saccade eval of a model on a data set.
#include "saccade/cli/eval_model_command.h"

#include <algorithm>
#include <iostream>

#include "saccade/cli/eval_files_command.h"
#include "saccade/cli/eval_run.h"
#include "saccade/cli/model_session.h"
#include "saccade/core/error.h"
#include "saccade/core/one_line.h"
#include "saccade/data/coco_results_writer.h"
#include "saccade/explain/intervener.h"
#include "saccade/eval/model_run.h"

namespace saccade {
namespace {

// One process's part of an evaluation.
class ModelEvaluation {
 public:
  ModelEvaluation(const EvalOptions& options, RankGroup& ranks, at::Device device)
      : o_(options), ranks_(ranks), device_(device) {}

  void run() {
    const DataSetPlace place = data_set_of(o_.set);
    const EvalTruth truth = read_truth(place, o_, !ranks_.is_first());
    const EvalImages images = find_eval_images(
        truth.data, place.images, chosen_images(truth.data, o_), o_.model.threads, ranks_);
    tell(images.problems);
    const auto broken = static_cast<std::int64_t>(images.problems.size()) + truth.broken;
    if (broken > 0) refuse_broken(broken, o_);
    const ModelSession session(o_.model, device_);
    tell_conflicts(session.model(), truth.data);
    Intervener intervener(session.interventions());
    const ModelRunOptions options{.batch_size = o_.batch_size,
                                  .num_workers = o_.num_workers,
                                  .skip_broken = o_.skip_broken,
                                  .quiet = o_.quiet,
                                  .hook = session.interventions().empty() ? nullptr : &intervener};
    const ModelRun run =
        run_model(session.model(), truth.data, place.images, images.usable, options, ranks_);
    if (ranks_.is_first()) report(truth, images, session.model(), run);
  }

 private:
  void tell(const std::vector<ImageProblem>& problems) const {
    std::vector<std::string> lines;
    for (const ImageProblem& problem : problems) lines.push_back(problem.problem.line());
    if (ranks_.is_first()) tell_broken(lines, std::ssize(lines));
  }

  void tell_conflicts(const LoadedModel& model, const CocoDataSet& data) const {
    if (o_.quiet || !ranks_.is_first()) return;
    for (const std::string& conflict : name_conflicts(model, data))
      std::cerr << "saccade: note: " << one_line(conflict) << "; classes are matched by id\n";
  }

  void report(const EvalTruth& truth, const EvalImages& images, const LoadedModel& model,
              const ModelRun& run) const {
    tell(run.left_out);
    std::vector<int> evaluated;
    for (const EvalImage& image : images.usable) {
      const bool left_out =
          std::any_of(run.left_out.begin(), run.left_out.end(),
                      [&](const ImageProblem& p) { return p.image == image.image; });
      if (!left_out) evaluated.push_back(image.image);
    }
    if (!o_.results.empty())
      write_coco_results(o_.results, truth.data, run.results.detections, run.queries);
    const auto count = static_cast<double>(evaluated.size());
    const std::size_t chosen = chosen_images(truth.data, o_).size();
    const EvalSource source{
        .model = model.name,
        .weights_sha256 = model.sha256,
        .written = o_.results,
        .seconds = run.seconds,
        .images_per_second = count / run.seconds,
        .forward_images_per_second =
            run.own_images > 0 ? static_cast<double>(run.own_images) / run.forward_seconds : 0,
        .processes = ranks_.size(),
        .left_out_images = static_cast<std::int64_t>(chosen - evaluated.size()),
        .left_out_records = truth.broken};
    report_evaluation(truth.data, run.results, evaluated, source, o_);
  }

  const EvalOptions& o_;
  RankGroup& ranks_;
  const at::Device device_;
};

}  // namespace

int run_eval(const EvalOptions& options) {
  if (!options.detections.empty()) return run_eval_files(options);
  check_eval_options(options);
  const auto environment = read_rank_environment();
  RankGroup ranks(environment);
  try {
    if (ranks.is_first()) refuse_to_replace_outputs(options);
    const int local_rank = environment ? environment->local_rank : 0;
    const at::Device device = open_model_device(options.model, local_rank, !ranks.is_first());
    ModelEvaluation(options, ranks, device).run();
    ranks.finish();
  } catch (const std::exception& error) {
    ranks.fail(error.what());
    throw;
  }
  return 0;
}

}  // namespace saccade
