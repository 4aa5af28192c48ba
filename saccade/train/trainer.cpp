// The loop of a run.
#include "saccade/train/trainer.h"

#include <ATen/ATen.h>

#include <chrono>
#include <csignal>

#include "saccade/core/error.h"
#include "saccade/image/input_size.h"
#include "saccade/eval/eval_report.h"
#include "saccade/model/init_weights.h"
#include "saccade/train/config_args.h"
#include "saccade/train/epoch_log.h"
#include "saccade/train/stop_signal.h"

namespace saccade {
namespace {

using Clock = std::chrono::steady_clock;

constexpr std::int64_t kKeepEvery = 5;  // epochs between two checkpoints that stay
constexpr std::int64_t kKeepEveryDetr = 100;
constexpr std::int64_t kKeepEvaluationEvery = 50;
constexpr std::size_t kPictures = 4;

TrainSetOptions set_options(const TrainJob& job) {
  const TrainConfig& c = job.config;
  return {.images = job.images,
          .augmentation = AugmentationOptions::scaled_to(c.size, c.augmentation),
          .augment = c.augment,
          .size = c.size,
          .seed = c.seed,
          .cache_mode = c.cache_mode};
}

std::int64_t images_per_step(const TrainConfig& c, int ranks) {
  return std::int64_t{c.batch_size} * c.accumulate * ranks;
}

SamplerShape sampler_shape(const TrainJob& job, const RankGroup& ranks) {
  return {.images = static_cast<std::int64_t>(job.train_images.size()),
          .batch_size = job.config.batch_size * job.config.accumulate,
          .rank = ranks.rank(),
          .world_size = ranks.size()};
}

}  // namespace

Trainer::Trainer(TrainJob job, RankGroup& ranks)
    : job_(std::move(job)),
      config_(job_.config),
      ranks_(ranks),
      group_(ranks, job_.device),
      optimizer_(make_param_groups(*job_.model.detector, config_),
                 {.sgd = config_.sgd, .weight_decay = config_.weight_decay}),
      step_(config_, *job_.model.detector, optimizer_, group_),
      set_(*job_.data, set_options(job_)),
      shipper_(job_.device),
      folder_(ranks.is_first() ? job_.output_dir : std::filesystem::path()),
      events_(folder_.path()),
      monitor_(job_.quiet || !ranks.is_first()) {
  at_.batch_images = images_per_step(config_, ranks.size());
  at_.seed = static_cast<std::int64_t>(config_.seed);
  steps_per_epoch_ = TrainSampler(sampler_shape(job_, ranks), config_.seed, 0).steps();
  if (config_.ema > 0)
    average_ = std::make_unique<WeightAverage>(*job_.model.detector, config_.ema);
  at_.epoch = job_.start_epoch;
  at_.step = at_.epoch * steps_per_epoch_;
  if (job_.resume) restore(*job_.resume);
  job_.resume.reset();
}

Trainer::~Trainer() = default;

void Trainer::restore(const TrainingCheckpoint& checkpoint) {
  if (!checkpoint.optimizer.empty()) {
    try {
      optimizer_.set_states(checkpoint.optimizer);
    } catch (const Error& error) {
      throw Error(text_of(checkpoint.path.string(), ": ", error.what()));
    }
  }
  if (average_) fit_weights(average_->detector(), to_tensors(checkpoint.model.tensors));
  if (step_.scaler() != nullptr && checkpoint.scale) step_.scaler()->restore(*checkpoint.scale);
  const std::int64_t images = at_.batch_images;
  at_ = checkpoint.at;
  if (checkpoint.has_progress && at_.step_in_epoch > 0 && !at_.epoch_done &&
      at_.batch_images != images) {
    throw Error(
        text_of(checkpoint.path.string(), ": was saved in the middle of epoch ", at_.epoch,
                ", whose steps see ", at_.batch_images, " images; this run's see ", images,
                " (--batch_size x --accumulate x processes). Go on with the same product, or from "
                "the checkpoint of a whole epoch"));
  }
  // Epochs of another length, or an official file: steps are counted as if all had been like this run's.
  if (!checkpoint.has_progress || at_.batch_images != images)
    at_.step = position().epoch * steps_per_epoch_;
  at_.batch_images = images;
  at_.seed = static_cast<std::int64_t>(config_.seed);
  meters_ = checkpoint.meters;
}

TrainPosition Trainer::position() const {
  return {.epoch = at_.epoch_done ? at_.epoch + 1 : at_.epoch,
          .step = at_.step,
          .steps_per_epoch = steps_per_epoch_};
}

void Trainer::begin_next_epoch() {
  ++at_.epoch;
  at_.step_in_epoch = 0;
  at_.epoch_done = false;
  meters_.clear();
}

// A run that ended between the last step of an epoch and its evaluation.
void Trainer::catch_up() {
  at::Tensor has_log = at::full({}, folder_.has_log(at_.epoch) ? 1 : 0, at::kLong);
  group_.broadcast({has_log});
  if (has_log.item<std::int64_t>() == 0) finish_epoch(true);
  begin_next_epoch();
}

TrainOutcome Trainer::run() {
  const StopSignal signals;
  if (at_.epoch_done) catch_up();
  while (!is_complete()) {
    const EpochEnd end = train_epoch();
    sync_buffers();
    save(end == EpochEnd::kWhole);
    if (stop_) break;  // there may be no time to evaluate: catch_up does it
    finish_epoch(end == EpochEnd::kWhole);
    if (end == EpochEnd::kCut || is_good_enough()) break;
    begin_next_epoch();
  }
  // The signal may have come to another rank.
  if (stop_) outcome_.signal = StopSignal::received() != 0 ? StopSignal::received() : SIGTERM;
  outcome_.steps = at_.step;
  return outcome_;
}

Trainer::EpochEnd Trainer::train_epoch() {
  const TrainSampler sampler(sampler_shape(job_, ranks_), config_.seed,
                             static_cast<std::uint64_t>(at_.epoch));
  TrainLoader loader({.set = &set_,
                      .images = &job_.train_images,
                      .sampler = &sampler,
                      .parts = config_.accumulate,
                      .shipper = job_.device.is_cpu() ? nullptr : &shipper_},
                     static_cast<std::uint64_t>(at_.epoch), at_.step_in_epoch, config_.num_workers);
  monitor_.start();
  while (at_.step_in_epoch < steps_per_epoch_) {
    const auto start = Clock::now();
    const auto batches = loader.next();
    take_step(*batches, std::chrono::duration<double>(Clock::now() - start).count());
    if (at_.step_in_epoch == steps_per_epoch_) break;
    if (is_complete()) return EpochEnd::kCut;
    if (stop_) return EpochEnd::kStopped;
    if (config_.save_steps > 0 && at_.step % config_.save_steps == 0) save(false);
  }
  at_.epoch_done = true;
  return EpochEnd::kWhole;
}

void Trainer::take_step(const StepBatches& batches, double data_seconds) {
  const double factor = lr_factor(config_, position());
  const StepReport report = step_.run(batches, at_.step, factor, StopSignal::received() != 0);
  ++at_.step;
  ++at_.step_in_epoch;
  if (average_ && !report.skipped) average_->update(at_.step);
  stop_ = stop_ || report.stop;
  meters_.add("lr", config_.lr * factor);
  add_to_meters(meters_, report);
  if (!report.skipped) meters_.add("grad_norm", report.grad_norm);
  add_scale(report);
  events_.step(at_.step, meters_);
  monitor_.step({.epoch = at_.epoch,
                 .epochs = config_.epochs,
                 .step = at_.step_in_epoch,
                 .steps = steps_per_epoch_,
                 .run_step = at_.step,
                 .run_steps = total_steps(config_, steps_per_epoch_),
                 .images = at_.batch_images,
                 .data_seconds = data_seconds},
                meters_);
}

// Of --precision fp16.
void Trainer::add_scale(const StepReport& report) {
  if (step_.scaler() == nullptr) return;
  const double scale = step_.scaler()->state().scale;
  meters_.add("loss_scale", scale);
  meters_.add("skipped_steps", report.skipped ? 1 : 0);
  if (!report.skipped) return;
  monitor_.note(text_of("step ", at_.step,
                        " was skipped: its gradient was beyond float16's range; "
                        "the loss scale falls to ",
                        scale));
}

CheckpointSource Trainer::checkpoint_source() {
  CheckpointSource source{.weights = job_.model.detector.get(),
                          .average = average_ ? &average_->detector() : nullptr,
                          .optimizer = &optimizer_,
                          .lr_factor = lr_factor(config_, position()),
                          .lr_drop = config_.lr_drop,
                          .at = at_,
                          .meters = &meters_,
                          .scale = step_.scaler() ? &step_.scaler()->state() : nullptr,
                          .args = args_of(config_),
                          .metadata = job_.provenance};
  source.metadata["class_names"] = job_.model.classes.json();
  source.metadata["size"] = size_text(config_.size);
  return source;
}

void Trainer::save(bool is_whole) {
  if (!folder_.exists()) return;
  const std::int64_t every =
      config_.model.family == ModelFamily::kDetr ? kKeepEveryDetr : kKeepEvery;
  const std::int64_t done = at_.epoch + 1;
  folder_.save_checkpoint(checkpoint_source(),
                          is_whole && (done % config_.lr_drop == 0 || done % every == 0));
}

// The statistics of batch norm are each rank's own while it trains; rank 0's are evaluated and saved.
void Trainer::sync_buffers() {
  std::vector<at::Tensor> buffers;
  job_.model.detector->visit([&](const std::string&, at::Tensor& tensor, TensorKind kind) {
    if (kind == TensorKind::kBuffer) buffers.push_back(tensor);
  });
  group_.broadcast(buffers);
}

bool Trainer::is_good_enough() {
  at::Tensor enough = at::full({}, outcome_.ap50 > job_.enough_ap50 ? 1 : 0, at::kLong);
  group_.broadcast({enough});
  return enough.item<std::int64_t>() != 0;
}

// Every eval_every epochs, and at the end whatever comes.
bool Trainer::is_evaluated(bool is_whole) const {
  if (!job_.validation) return false;
  const bool is_last = !is_whole || is_complete();
  return is_last || (at_.epoch + 1) % config_.eval_every == 0;
}

void Trainer::finish_epoch(bool is_whole) {
  const bool evaluated = is_evaluated(is_whole);
  const EpochEvaluation result = evaluated ? evaluate() : EpochEvaluation{};
  if (ranks_.is_first()) log(evaluated ? &result : nullptr);
}

EpochEvaluation Trainer::evaluate() {
  LoadedModel model = job_.model;
  if (average_) model.detector = average_->share();
  EpochEvaluation result =
      evaluate_epoch(model, *job_.validation, config_, ranks_,
                     text_of("evaluation ", ++evaluations_), job_.quiet || !ranks_.is_first());
  if (!ranks_.is_first()) return result;
  const EvalReport report{.data = job_.validation->data, .evaluation = &result.evaluation};
  folder_.write_evaluation(at_.epoch, eval_json(report), *job_.validation->data, result.evaluation,
                           job_.provenance, at_.epoch % kKeepEvaluationEvery == 0);
  outcome_.ap50 = result.evaluation.stats[1];
  monitor_.note(epoch_text(at_.epoch, result));
  for (const std::string& alarm : alarms_.after(result))
    monitor_.tell("saccade: warning: " + alarm);
  add_pictures(result);
  return result;
}

void Trainer::add_pictures(const EpochEvaluation& result) {
  if (!job_.draw || !folder_.exists()) return;
  const auto& usable = job_.validation->usable;
  for (std::size_t i = 0; i < std::min(usable.size(), kPictures); ++i)
    events_.picture(at_.epoch, job_.draw(usable[i].image, result.run.results));
}

void Trainer::log(const EpochEvaluation* result) {
  std::int64_t parameters = 0;
  for (const Parameter& p : all_parameters(optimizer_.groups())) parameters += p.tensor.numel();
  const LossMeters none;
  events_.epoch(at_.epoch, meters_, result != nullptr ? result->losses : none,
                result != nullptr ? &result->evaluation.stats : nullptr);
  events_.flush();
  folder_.append_log(at_.epoch, epoch_log_line(at_.epoch, parameters, meters_, result));
}

}  // namespace saccade
