// The loop of a run: steps, evaluation, log and checkpoint of every epoch.
#pragma once

#include <functional>
#include <map>
#include <memory>
#include <optional>
#include <string>
#include <vector>

#include "saccade/model/load_model.h"
#include "saccade/train/epoch_evaluation.h"
#include "saccade/train/lr_schedule.h"
#include "saccade/train/run_alarms.h"
#include "saccade/train/run_events.h"
#include "saccade/train/run_folder.h"
#include "saccade/train/train_loader.h"
#include "saccade/train/train_monitor.h"
#include "saccade/train/train_step.h"
#include "saccade/train/weight_average.h"

namespace saccade {

// What a run is made of, beside its options.
struct TrainJob {
  TrainConfig config;
  LoadedModel model;  // its detector is trained, on `device`; sides of evaluation, classes
  at::Device device{at::kCPU};
  const CocoDataSet* data = nullptr;
  std::filesystem::path images;   // folder of the training images
  std::vector<int> train_images;  // indices into `data`
  std::optional<ValidationSet> validation;
  std::filesystem::path output_dir;               // empty: nothing is written
  std::map<std::string, std::string> provenance;  // command, version: into every file
  std::optional<TrainingCheckpoint> resume;
  std::int64_t start_epoch = 0;  // without `resume`
  // Draws what was found on an image of the validation set; the first few go to TensorBoard.
  std::function<RunPicture(int image, const CocoResults&)> draw;
  double enough_ap50 = 2;  // the run ends once the validation's AP50 is above it
  bool quiet = false;
};

// How a run ended.
struct TrainOutcome {
  int signal = 0;    // that ended it; 0: it is complete
  double ap50 = -1;  // of the last evaluation; rank 0
  std::int64_t steps = 0;
};

class Trainer {
 public:
  // Every rank makes one. Throws Error where the checkpoint does not fit.
  Trainer(TrainJob job, RankGroup& ranks);
  ~Trainer();

  // Whether no step is left; its last evaluation may be.
  bool is_complete() const { return at_.step >= total_steps(config_, steps_per_epoch_); }
  // Trains to the end of the run or until StopSignal asks to stop; then what is needed to go on lies in
  // checkpoint.pth. Throws Error: an image that cannot be read, a loss that is not finite, a full disk.
  TrainOutcome run();

 private:
  enum class EpochEnd { kWhole, kCut, kStopped };

  void restore(const TrainingCheckpoint& checkpoint);
  void begin_next_epoch();
  void catch_up();
  EpochEnd train_epoch();
  void take_step(const StepBatches& batches, double data_seconds);
  void add_scale(const StepReport& report);
  void finish_epoch(bool is_whole);
  void sync_buffers();
  bool is_good_enough();
  bool is_evaluated(bool is_whole) const;
  EpochEvaluation evaluate();
  void add_pictures(const EpochEvaluation& result);
  void save(bool keep);
  // `result` is null where the epoch was not evaluated.
  void log(const EpochEvaluation* result);
  TrainPosition position() const;
  CheckpointSource checkpoint_source();

  TrainJob job_;
  const TrainConfig& config_;
  RankGroup& ranks_;
  ProcessGroup group_;
  Optimizer optimizer_;
  TrainStep step_;
  std::unique_ptr<WeightAverage> average_;  // null without --ema
  TrainSet set_;
  const Shipper shipper_;
  RunFolder folder_;
  RunEvents events_;
  TrainMonitor monitor_;
  RunAlarms alarms_;
  TrainProgressState at_;
  LossMeters meters_;
  std::int64_t steps_per_epoch_ = 0;
  int evaluations_ = 0;
  TrainOutcome outcome_;
  bool stop_ = false;
};

}  // namespace saccade
