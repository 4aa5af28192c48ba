// saccade eval of a model on a data set.
#include "saccade/cli/eval_model_command.h"

#include "saccade/cli/eval_errors.h"
#include "saccade/cli/eval_files_command.h"
#include "saccade/cli/eval_run.h"
#include "saccade/cli/evaluated_set.h"
#include "saccade/cli/figure_provenance.h"
#include "saccade/cli/html_page.h"
#include "saccade/cli/model_session.h"
#include "saccade/cli/rank_job.h"
#include "saccade/cli/set_interventions.h"
#include "saccade/data/coco_results_writer.h"
#include "saccade/eval/model_run.h"
#include "saccade/eval/rank_exchange.h"
#include "saccade/explain/head_means.h"

namespace saccade {
namespace {

// One process's part of an evaluation.
class ModelEvaluation {
 public:
  ModelEvaluation(const EvalOptions& options, RankGroup& ranks, at::Device device)
      : o_(options), ranks_(ranks), device_(device) {}

  void run() {
    const EvaluatedSet set = open_evaluated_set(o_, ranks_);
    const ModelSession session(o_.model, device_, o_.quiet || !ranks_.is_first());
    if (!o_.quiet && ranks_.is_first()) tell_conflicts(session.model(), set.truth.data);
    const std::vector<EvalImage>& images = set.images.usable;
    ModelRunOptions options{.batch_size = o_.batch_size,
                            .num_workers = o_.num_workers,
                            .skip_broken = o_.skip_broken,
                            .quiet = o_.quiet};
    SetInterventions changes(session.changes(), session.model(), set.truth.data, set.place.images,
                             images, o_.skip_broken);
    HeadMeansRecorder means(session.config());
    AttentionWatch attention(session);
    if (!o_.errors.empty()) attention.join(options);
    changes.join(options, !o_.errors.empty()      ? attention.hook()
                          : o_.head_means.empty() ? nullptr
                                                  : &means);
    const ModelRun run =
        run_model(session.model(), set.truth.data, set.place.images, images, options, ranks_);
    if (!o_.head_means.empty()) write_means(means, set, session.model());
    const auto numbers =
        o_.errors.empty() ? std::map<int, QueryNumbers>{} : attention.gather(ranks_);
    if (!ranks_.is_first()) return;
    StudySource source = study_source(session, set.place.name);
    source.left_out_images =
        static_cast<std::int64_t>(set.chosen - set.evaluated(run.left_out).size());
    source.seconds = run.seconds;
    source.processes = ranks_.size();
    source.seed = seed_text(o_);
    write(set, session, run, numbers, source);
  }

 private:
  // What the first rank prints and writes.
  void write(const EvaluatedSet& set, const ModelSession& session, const ModelRun& run,
             const std::map<int, QueryNumbers>& numbers, const StudySource& source) {
    const ReportedEvaluation done = report(set, session.model(), run);
    std::optional<ReportedErrors> errors;
    if (!o_.errors.empty())
      errors = report_errors(o_, set, session,
                             {set.truth.data, run.results, run.queries, done.evaluation, numbers},
                             source);
    write_html_page(o_, [&] {
      Document page = eval_page(source, done.text, page_pictures(o_));
      if (errors) add_errors(page, errors->report, o_.errors, errors->pictures);
      return page;
    });
  }

  void write_means(const HeadMeansRecorder& recorder, const EvaluatedSet& set,
                   const LoadedModel& model) {
    const std::vector<double> own = recorder.sums();
    const std::vector<double> all = sum_over_ranks(own, "head means", ranks_);
    if (!ranks_.is_first()) return;
    write_head_means(o_.head_means, recorder.means_of(all),
                     {{"weights_sha256", model.sha256},
                      {"data_set", set.place.name},
                      {"command", command_text()},
                      {"version", SACCADE_VERSION}});
  }

  ReportedEvaluation report(const EvaluatedSet& set, const LoadedModel& model,
                            const ModelRun& run) const {
    tell_problems(run.left_out);
    const std::vector<int> evaluated = set.evaluated(run.left_out);
    const CocoDataSet& data = set.truth.data;
    if (!o_.results.empty())
      write_coco_results(o_.results, data, run.results.detections, run.queries);
    const auto count = static_cast<double>(evaluated.size());
    const EvalSource source{
        .model = model.name,
        .weights_sha256 = model.sha256,
        .written = o_.results,
        .seconds = run.seconds,
        .images_per_second = count / run.seconds,
        .forward_images_per_second =
            run.own_images > 0 ? static_cast<double>(run.own_images) / run.forward_seconds : 0,
        .processes = ranks_.size(),
        .left_out_images = static_cast<std::int64_t>(set.chosen - evaluated.size()),
        .left_out_records = set.truth.broken};
    return report_evaluation(data, run.results, evaluated, source, o_);
  }

  const EvalOptions& o_;
  RankGroup& ranks_;
  const at::Device device_;
};

}  // namespace

int run_eval(const EvalOptions& options) {
  if (!options.detections.empty()) return run_eval_files(options);
  check_eval_options(options);
  return run_job([&](RankGroup& ranks, int local_rank) {
    if (ranks.is_first()) {
      refuse_to_replace_outputs(options);
      refuse_to_replace_errors(options);
    }
    const at::Device device = open_model_device(options.model, local_rank, !ranks.is_first());
    ModelEvaluation(options, ranks, device).run();
    return 0;
  });
}

}  // namespace saccade
