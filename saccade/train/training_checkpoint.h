// A checkpoint of a run: the official dictionary, and what it takes to go on exactly.
#pragma once

#include <cstdint>
#include <filesystem>
#include <map>
#include <optional>
#include <string>
#include <vector>

#include "saccade/checkpoint/weights_file.h"
#include "saccade/train/loss_meters.h"
#include "saccade/train/loss_scaler.h"
#include "saccade/train/optimizer.h"

namespace saccade {

// Where a run stands. Random numbers need no place here: they are drawn by seed, epoch and step.
struct TrainProgressState {
  std::int64_t epoch = 0;          // at work, from 0
  std::int64_t step_in_epoch = 0;  // optimizer steps done of it
  std::int64_t step = 0;           // optimizer steps done of the run
  bool epoch_done = false;         // all steps are done; its evaluation and log line may be missing
  std::int64_t batch_images = 0;   // images per optimizer step, of all processes
  std::int64_t seed = 0;
};

// What a checkpoint is written from.
struct CheckpointSource {
  Detector* weights = nullptr;  // as trained
  Detector* average = nullptr;  // EMA of them, or null
  const Optimizer* optimizer = nullptr;
  double lr_factor = 1;  // of the next step
  int lr_drop = 40;
  TrainProgressState at;
  const LossMeters* meters = nullptr;  // of the epoch at work
  const LossScale* scale = nullptr;    // of --precision fp16, or null
  Args args;
  std::map<std::string, std::string> metadata;  // class_names, size, version, ...
};

// {model, optimizer, lr_scheduler, epoch, args} as official, `model` being the averaged weights where
// there are any; further `saccade` (metadata), `training` (progress, meters, and `weights` beside an
// average) and, with a loss scale, `scaler` as torch.amp.GradScaler's state_dict. Tensors of a device are written
// from copies on the CPU. `epoch` is the last one that is done, -1 before. torch.load(weights_only=True) reads it. The file
// is on the disk when this returns. Throws Error and leaves an older file as it was.
void write_training_checkpoint(const std::filesystem::path& path, const CheckpointSource& source);

// A checkpoint read back. Tensors are copies.
struct TrainingCheckpoint {
  std::filesystem::path path;
  WeightsFile model;                      // with args and metadata
  NamedTensors weights;                   // as trained: `model` where no average was kept
  std::vector<ParameterState> optimizer;  // in the optimizer's order; empty: the file has none
  bool has_progress = false;              // written by this program
  TrainProgressState at;                  // of an official file: the epoch after `epoch`
  LossMeters meters;
  std::optional<LossScale> scale;
};

// Reads also official files: with a model alone, `optimizer` is empty and the run starts at epoch 0.
// Throws Error that names the file and what is wrong with it.
TrainingCheckpoint read_training_checkpoint(const std::filesystem::path& path);

}  // namespace saccade
