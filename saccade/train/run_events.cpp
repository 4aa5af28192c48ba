// What a run tells TensorBoard.
#include "saccade/train/run_events.h"

namespace saccade {
namespace {

constexpr std::int64_t kStepsBetween = 10;
constexpr const char* kStepMeters[] = {"loss",      "loss_ce", "loss_bbox",
                                       "loss_giou", "lr",      "grad_norm"};

}  // namespace

RunEvents::RunEvents(const std::filesystem::path& folder) {
  if (!folder.empty()) file_ = std::make_unique<EventFile>(folder);
}

void RunEvents::step(std::int64_t step, const LossMeters& meters) {
  if (!file_ || step % kStepsBetween != 0) return;
  for (const char* name : kStepMeters)
    file_->scalar(std::string("step/") + name, step, meters.recent(name));
}

void RunEvents::epoch(std::int64_t epoch, const LossMeters& train, const LossMeters& test,
                      const CocoStats* stats) {
  if (!file_) return;
  for (const auto& meter : train.all()) file_->scalar("train/" + meter.name, epoch, meter.mean());
  for (const auto& meter : test.all()) file_->scalar("test/" + meter.name, epoch, meter.mean());
  for (int i = 0; stats != nullptr && i < kNumCocoStats; ++i)
    file_->scalar(std::string("coco/") + kCocoStatNames[i], epoch, (*stats)[i]);
}

void RunEvents::picture(std::int64_t epoch, const RunPicture& picture) {
  if (file_)
    file_->image("detections/" + picture.name, epoch, picture.png, picture.width, picture.height);
}

void RunEvents::flush() {
  if (file_) file_->flush();
}

}  // namespace saccade
