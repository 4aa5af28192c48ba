// What a run tells TensorBoard: curves by step and by epoch, and pictures of detections.
#pragma once

#include <memory>
#include <string>

#include "saccade/eval/coco_summary.h"
#include "saccade/train/event_file.h"
#include "saccade/train/loss_meters.h"

namespace saccade {

struct RunPicture {
  std::string name;  // of the image
  std::string png;   // the bytes of the file
  int width = 0, height = 0;
};

class RunEvents {
 public:
  // Writes nothing where `folder` is empty.
  explicit RunEvents(const std::filesystem::path& folder);

  // After an optimizer step (from 1): medians of the last steps, every 10th step.
  void step(std::int64_t step, const LossMeters& meters);
  // After an epoch (from 0): means of training and, where it was evaluated, of the test set; AP.
  void epoch(std::int64_t epoch, const LossMeters& train, const LossMeters& test,
             const CocoStats* stats);
  void picture(std::int64_t epoch, const RunPicture& picture);
  // Throws Error: a full disk.
  void flush();

 private:
  std::unique_ptr<EventFile> file_;
};

}  // namespace saccade
