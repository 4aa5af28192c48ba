// One optimizer step: forward, losses, backward over all ranks, clipping, update.
#pragma once

#include <functional>
#include <optional>
#include <span>
#include <string>
#include <vector>

#include "saccade/data/train_batch.h"
#include "saccade/dist/gradient_reducer.h"
#include "saccade/op/weight_casts.h"
#include "saccade/train/loss_report.h"
#include "saccade/train/loss_scaler.h"
#include "saccade/train/optimizer.h"

namespace saccade {

// The criterion of a run's options.
CriterionOptions criterion_of(const TrainConfig& config);

// The objects of a batch as the losses take them.
std::vector<LossTarget> loss_targets(const std::vector<Target>& targets);

// Means over ranks and parts.
struct StepReport : LossReport {
  double grad_norm = 0;  // before clipping
  bool stop = false;     // a rank was asked to end
  // --precision fp16: the gradient was beyond its range, no weight was changed and the scale was lowered.
  bool skipped = false;
};

class TrainStep {
 public:
  // All must outlive it. `detector` is in training mode while a step runs; it, the optimizer's parameters and
  // the group's device are one device.
  TrainStep(const TrainConfig& config, Detector& detector, Optimizer& optimizer,
            ProcessGroup& group);

  // `parts` are this rank's batches of the step (config.accumulate of them): their gradients add up to
  // those of one batch, as ranks' do: while there is an object per part and rank on average, and, for plain
  // DETR's class loss, while their targets weigh the same. Dropout draws from (seed, step, rank, part): a step is the same whether the run
  // was interrupted before it or not. `stop` is this rank's wish to end after the step. Pixels and masks lie on
  // the device. Waits for it once a part, for the matching, and once for all numbers.
  // Throws Error, and changes no weight, where a loss is not finite: names the losses and the images
  // (ids) of the rank that saw it.
  StepReport run(std::span<const TrainBatch> parts, std::int64_t step, double lr_factor, bool stop);

  // Of --precision fp16, else null. To be kept in a checkpoint.
  LossScaler* scaler() { return scaler_ ? &*scaler_ : nullptr; }

 private:
  // What is read at the end of a step, at once.
  struct Numbers {
    LossReport losses;
    double grad_norm = 0;
    bool overflow = false;
  };

  // The loss of one part; its values are collected in tally_.
  at::Tensor forward(const TrainBatch& batch, std::span<const LossTarget> targets,
                     double num_boxes);
  double mean_boxes(const std::vector<std::vector<LossTarget>>& targets);
  void compute_gradients(std::span<const TrainBatch> parts, std::int64_t step);
  Numbers read_numbers(const std::vector<at::Tensor>& gradients) const;
  StepReport reduce(const Numbers& own, bool stop);
  void check_finite(const StepReport& report, const LossReport& own,
                    std::span<const TrainBatch> parts) const;

  const TrainConfig& config_;
  Detector& detector_;
  Optimizer& optimizer_;
  ProcessGroup& group_;
  const CriterionOptions criterion_;
  GradientReducer reducer_;
  WeightCasts weight_casts_;
  const at::DeviceType device_;
  std::optional<LossScaler> scaler_;
  LossTally tally_;  // this rank's, while a step runs
};

}  // namespace saccade
