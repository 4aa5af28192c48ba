// saccade train.
#include "saccade/cli/train_command.h"

#include <ATen/Context.h>
#include <ATen/Parallel.h>

#include <iostream>

#include "saccade/cli/figure_provenance.h"
#include "saccade/cli/model_device.h"
#include "saccade/cli/model_session.h"
#include "saccade/cli/output_files.h"
#include "saccade/cli/rank_job.h"
#include "saccade/cli/set_interventions.h"
#include "saccade/cli/train_model.h"
#include "saccade/cli/train_pictures.h"
#include "saccade/checkpoint/weights_file.h"
#include "saccade/cli/train_sets.h"
#include "saccade/core/error.h"
#include "saccade/core/json_writer.h"
#include "saccade/eval/eval_report.h"
#include "saccade/explain/model_interventions.h"
#include "saccade/image/input_size.h"
#include "saccade/train/config_args.h"
#include "saccade/op/tensor_memory.h"
#include "saccade/train/trainer.h"

namespace saccade {
namespace {

constexpr double kOverfitGoal = 0.9, kOverfitEnough = 0.95;
constexpr int kOverfitEpochs = 40;

// One process's part of a run.
class TrainCommand {
 public:
  TrainCommand(const TrainOptions& given, RankGroup& ranks, int local_rank)
      : given_(given), local_rank_(local_rank), ranks_(ranks) {}

  int run() {
    device_ = open_model_device(given_.model, local_rank_, given_.quiet || !ranks_.is_first());
    interventions_ = read_interventions(given_.model.interventions);
    start_ = read_train_start(given_);
    o_ = with_start(given_, start_);
    settle_data_set(o_);
    settle();
    if (!device_.is_cpu()) note("computing on " + device_.str());
    if (ranks_.is_first() && !o_.eval && !start_.checkpoint && !o_.output_dir.empty())
      refuse_to_replace(std::filesystem::path(o_.output_dir) / "checkpoint.pth", o_.overwrite);
    TrainSets sets = read_train_sets(o_, !o_.eval, ranks_);
    const CocoDataSet& names = sets.train ? *sets.train : *sets.validation->data;
    if (!o_.eval) o_.config.model.num_classes = num_classes_of(names, o_.config.model.family);
    o_.config.check();
    LoadedModel model = make_train_model(o_, classes_of(names), start_);
    model.detector->to(device_);
    note(start_.notes);
    return o_.eval ? evaluate(std::move(model), sets) : train(std::move(model), sets);
  }

 private:
  void note(const std::string& text) const {
    if (!text.empty() && !o_.quiet && ranks_.is_first()) std::cerr << text << "\n";
  }

  // What follows from several options.
  void settle() {
    TrainConfig& c = o_.config;
    if (!o_.model.size.empty()) c.size = parse_size(o_.model.size, c.size.multiple);
    check_precision(c.precision, device_, given_.model.device);
    if (device_.is_cpu()) keep_tensor_memory();
    // Only warned: an operator of LibTorch's that has no such kernel is told on stderr.
    at::globalContext().setDeterministicAlgorithms(o_.deterministic, /*warn_only=*/true);
    at::globalContext().setDeterministicCuDNN(o_.deterministic);
    if (o_.model.threads > 0) at::set_num_threads(o_.model.threads);
    c.threads = o_.model.threads;
    if (c.overfit > 0) {  // nothing is drawn, and the last steps settle
      c.augment = false;
      c.lr_schedule = "cosine";
      c.model.dropout = 0;
      c.epochs = kOverfitEpochs;
    }
  }

  std::map<std::string, std::string> provenance() const {
    return {{"command", command_text()},
            {"version", SACCADE_VERSION},
            {"seed", std::to_string(o_.config.seed)}};
  }

  std::string config_json(const TrainSets& sets) const {
    JsonWriter json(1);
    json.begin_object();
    for (const auto& [name, text] : provenance())
      if (name != "seed") json.member(name, text);
    json.member("seed", o_.config.seed).member("processes", ranks_.size());
    json.member("device", device_.str());
    json.member("train", sets.train_file).member("train_images", sets.usable.size());
    json.member("val", sets.val_file);
    json.member("val_images", sets.validation ? sets.validation->usable.size() : 0);
    json.key("options").raw(args_to_json(args_of(o_.config)));
    return json.end_object().text();
  }

  int train(LoadedModel model, TrainSets& sets) {
    if (ranks_.is_first()) {
      const RunFolder folder(o_.output_dir);
      folder.prepare();
      folder.write_config(config_json(sets));
    }
    TrainJob job{.config = o_.config,
                 .model = std::move(model),
                 .device = device_,
                 .data = sets.train.get(),
                 .images = sets.train_images,
                 .train_images = sets.usable,
                 .validation = sets.validation,
                 .output_dir = o_.output_dir,
                 .provenance = provenance(),
                 .resume = std::move(start_.checkpoint),
                 .start_epoch = o_.start_epoch,
                 .quiet = o_.quiet};
    if (o_.config.overfit > 0) job.enough_ap50 = kOverfitEnough;
    if (sets.validation) {
      job.draw = [&set = *sets.validation, classes = job.model.classes](
                     int image, const CocoResults& results) {
        return draw_train_picture(set, classes, image, results);
      };
    }
    if (!job.validation) note("no validation set (--val_images, --val_annotations): no AP");
    Trainer trainer(std::move(job), ranks_);
    if (trainer.is_complete()) note("nothing is left to train: all steps are done");
    const TrainOutcome outcome = trainer.run();
    return finish(outcome);
  }

  int finish(const TrainOutcome& outcome) const {
    if (outcome.signal != 0) {
      note(text_of("stopped by signal ", outcome.signal, " after step ", outcome.steps,
                   o_.output_dir.empty() ? "" : "; --resume auto goes on from here"));
      return 128 + outcome.signal;
    }
    if (o_.config.overfit == 0 || !ranks_.is_first()) return 0;
    if (outcome.ap50 > kOverfitGoal) {
      note(text_of("the set-up learns: AP50 ", outcome.ap50, " on the ", o_.config.overfit,
                   " images it was trained on"));
      return 0;
    }
    throw Error(text_of("AP50 is ", outcome.ap50, " on the ", o_.config.overfit,
                        " images it was trained on, expected above ", kOverfitGoal,
                        ": are boxes and classes right (saccade data show)? Or give more --steps, "
                        "another --lr, pretrained --weights"));
  }

  // A file of interventions may say what weights it is for.
  void name(LoadedModel& model) const {
    const std::filesystem::path file =
        start_.checkpoint ? start_.checkpoint->path : std::filesystem::path(o_.model.weights);
    model.name = file.stem().string();
    if (!interventions_.files.empty()) model.sha256 = sha256_of_file(file);
  }

  int evaluate(LoadedModel model, const TrainSets& sets) {
    name(model);
    const ModelInterventions changes(interventions_, model, /*apply_exif=*/true);
    if (!o_.quiet && ranks_.is_first()) say_notes(changes);
    const ValidationSet& set = *sets.validation;
    SetInterventions at_work(changes, model, *set.data, set.images, set.usable,
                             /*skip_broken=*/false);
    ModelRunOptions changing;
    at_work.join(changing);
    const EpochEvaluation result = evaluate_epoch(model, *sets.validation, o_.config, ranks_,
                                                  "evaluation", o_.quiet, changing);
    if (!ranks_.is_first()) return 0;
    const EvalReport report{.data = sets.validation->data, .evaluation = &result.evaluation};
    std::cout << eval_text(report) << std::flush;
    RunFolder(o_.output_dir)
        .write_evaluation(0, eval_json(report), *sets.validation->data, result.evaluation,
                          provenance(), false);
    return 0;
  }

  const TrainOptions& given_;
  const int local_rank_;
  TrainOptions o_;
  at::Device device_{at::kCPU};
  RankGroup& ranks_;
  TrainStart start_;
  GivenInterventions interventions_;  // of --eval
};

}  // namespace

int run_train(const TrainOptions& options) {
  check_train_options(options);
  return run_job([&](RankGroup& ranks, int local_rank) {
    return TrainCommand(options, ranks, local_rank).run();
  });
}

}  // namespace saccade
