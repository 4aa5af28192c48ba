// One optimizer step: forward, losses, backward over all ranks, clipping, update.
#pragma once

#include <functional>
#include <span>
#include <string>
#include <vector>

#include "saccade/data/train_batch.h"
#include "saccade/dist/gradient_reducer.h"
#include "saccade/train/loss_report.h"
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
};

class TrainStep {
 public:
  // All must outlive it. `detector` is in training mode while a step runs.
  TrainStep(const TrainConfig& config, Detector& detector, Optimizer& optimizer,
            ProcessGroup& group);

  // `parts` are this rank's batches of the step (config.accumulate of them): their gradients add up to
  // those of one batch, as ranks' do: while there is an object per part and rank on average, and, for plain
  // DETR's class loss, while their targets weigh the same. Dropout draws from (seed, step, rank, part): a step is the same whether the run
  // was interrupted before it or not. `stop` is this rank's wish to end after the step.
  // Throws Error, and changes no weight, where a loss is not finite: names the losses and the images
  // (ids) of the rank that saw it.
  StepReport run(std::span<const TrainBatch> parts, std::int64_t step, double lr_factor, bool stop);

 private:
  // The loss of one part; its values are collected in own_.
  at::Tensor forward(const TrainBatch& batch, std::span<const LossTarget> targets,
                     double num_boxes);
  double mean_boxes(const std::vector<std::vector<LossTarget>>& targets);
  StepReport reduce(bool stop);
  void check_finite(const StepReport& report, std::span<const TrainBatch> parts) const;

  const TrainConfig& config_;
  Detector& detector_;
  Optimizer& optimizer_;
  ProcessGroup& group_;
  const CriterionOptions criterion_;
  GradientReducer reducer_;
  LossReport own_;  // this rank's, while a step runs
};

}  // namespace saccade
