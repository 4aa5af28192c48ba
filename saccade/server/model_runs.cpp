// Runs of the models.
#include "saccade/server/model_runs.h"

#include <chrono>

#include "saccade/core/error.h"
#include "saccade/core/one_line.h"
#include "saccade/explain/model_limits.h"
#include "saccade/server/error_replies.h"

namespace saccade {

ModelRuns::ModelRuns(Models models, std::size_t budget_bytes, bool apply_exif,
                     std::function<void(int)> closed)
    : models_(std::move(models)), open_(budget_bytes, apply_exif, std::move(closed)) {}

void ModelRuns::run(const RunRequest& request, const ShelfImage& image, const TellProgress& tell,
                    const Respond& respond, Work work) {
  if (!request.checkpoint)
    read_interventions(request.texts, limits_of(given_model(request).detector->config()));
  RunQueue::Job job{
      .viewer = request.viewer,
      .run =
          [this, request, image, tell, work, respond](const StopFlag& stop) {
            respond(reply_of([&] { return work_on(request, image, tell, stop, work); }));
          },
      .stopped = [respond](const char* why) { respond(refusal(409, why)); },
      .gone = request.gone};
  if (!queue_.push(std::move(job)))
    respond(refusal(503, "too many requests wait for the model; try again in a moment"));
}

HttpReply ModelRuns::work_on(const RunRequest& request, const ShelfImage& image,
                             const TellProgress& tell, const StopFlag& stop, const Work& work) {
  const auto start = std::chrono::steady_clock::now();
  const LoadedModel& model =
      request.checkpoint ? checkpoint_model(*request.checkpoint) : given_model(request);
  const Interventions interventions =
      read_interventions(request.texts, limits_of(model.detector->config()));
  stop.check();
  const OpenImage& open = open_.get(model, image, request.longest_side, stop, tell);
  keep_account();
  stop.check();
  const std::chrono::duration<double, std::milli> opening =
      std::chrono::steady_clock::now() - start;
  const auto settle =
      [this] {  // maps keep more of the image, also where they were stopped or refused
        open_.close_beyond_budget();
        keep_account();
      };
  try {
    HttpReply reply = work({model, open, interventions, stop, tell, opening.count()});
    settle();
    return reply;
  } catch (...) {
    settle();
    throw;
  }
}

void ModelRuns::keep_account() {
  open_count_ = open_.count();
  open_bytes_ = open_.bytes();
}

const LoadedModel& ModelRuns::given_model(const RunRequest& request) const {
  if (request.model == "a") return *models_.a;
  if (models_.b == nullptr)
    throw UsageError("'model': there is no second one; give --weights-b at start");
  return *models_.b;
}

// Those who ask know runs by name, not where they lie.
LoadedModel ModelRuns::load_checkpoint(const std::filesystem::path& file) const {
  try {
    return models_.load(file);
  } catch (const Error& error) {
    std::string words = first_line(error.what());
    const std::string path = file.string();
    if (const std::size_t at = words.find(path); at != std::string::npos)
      words.replace(at, path.size(), file.filename().string());
    throw Error(words);
  }
}

const LoadedModel& ModelRuns::checkpoint_model(const RunCheckpoint& wanted) {
  const std::filesystem::path file = models_.studies->checkpoint(wanted.run, wanted.epoch);
  const auto written = std::filesystem::last_write_time(file);
  if (checkpoint_ && checkpoint_->file == file && checkpoint_->written == written)
    return checkpoint_->model;
  if (checkpoint_) open_.close_all(checkpoint_->model);
  checkpoint_.reset();
  LoadedModel model = load_checkpoint(file);
  model.name = text_of(wanted.run, ", epoch ", wanted.epoch);
  checkpoint_.emplace(LoadedCheckpoint{file, written, std::move(model)});
  return checkpoint_->model;
}

}  // namespace saccade
