// The folder of a run: log.txt, checkpoints, evaluations and config.json.
#pragma once

#include <filesystem>
#include <string>

#include "saccade/data/coco.h"
#include "saccade/eval/coco_eval.h"
#include "saccade/train/training_checkpoint.h"

namespace saccade {

// Without a folder (--output_dir not given) nothing is written. For rank 0 alone.
class RunFolder {
 public:
  explicit RunFolder(std::filesystem::path folder) : folder_(std::move(folder)) {}

  bool exists() const { return !folder_.empty(); }
  const std::filesystem::path& path() const { return folder_; }
  std::filesystem::path checkpoint() const { return folder_ / "checkpoint.pth"; }

  // Makes the folder, tries to write there and takes away what a killed run left half-written: one run
  // at a time has the folder. Throws Error.
  void prepare() const;
  void write_config(const std::string& json) const;
  // checkpoint.pth; where `keep`, the same file also as checkpointNNNN.pth of its epoch.
  void save_checkpoint(const CheckpointSource& source, bool keep) const;
  // Puts the line of `epoch` at the end of log.txt and takes away lines of this and later epochs, which
  // an interrupted run may have left.
  void append_log(std::int64_t epoch, const std::string& json) const;
  // Whether log.txt has a line of this epoch.
  bool has_log(std::int64_t epoch) const;
  // eval/latest.json and .safetensors; where `keep`, also eval/NNN.json and .safetensors.
  void write_evaluation(std::int64_t epoch, const std::string& json, const CocoDataSet& data,
                        const CocoEvaluation& evaluation,
                        const std::map<std::string, std::string>& provenance, bool keep) const;

 private:
  std::filesystem::path folder_;
};

}  // namespace saccade
