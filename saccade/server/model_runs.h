// Runs of the models, one after another: finds the model and the open image that a request names.
#pragma once

#include <atomic>
#include <filesystem>
#include <functional>
#include <optional>

#include "saccade/server/open_images.h"
#include "saccade/server/run_queue.h"
#include "saccade/server/run_request.h"
#include "saccade/server/study_files.h"

namespace saccade {

// What a run works on.
struct RunSubject {
  const LoadedModel& model;
  const OpenImage& image;
  const Interventions& interventions;
  const StopFlag& stop;
  const TellProgress& tell;
  double ms = 0;  // that loading and opening took
};

class ModelRuns {
 public:
  using Work = std::function<HttpReply(const RunSubject&)>;
  // Loads weights as the models of the start were: on the same device, in the same precision. Throws Error.
  using Load = std::function<LoadedModel(const std::filesystem::path&)>;

  struct Models {
    const LoadedModel* a = nullptr;
    const LoadedModel* b = nullptr;  // null: there is no second one
    const StudyFiles* studies = nullptr;
    Load load;  // of checkpoints of runs
  };

  // `closed` is told how many images were closed to stay within the budget.
  ModelRuns(Models models, std::size_t budget_bytes, bool apply_exif,
            std::function<void(int)> closed);

  // Puts `work` into the queue; what it returns or throws is answered. Throws UsageError at once where the request does not
  // fit its model; of a checkpoint that is seen when it is loaded.
  void run(const RunRequest& request, const ShelfImage& image, const TellProgress& tell,
           const Respond& respond, Work work);
  void cancel(const std::string& viewer) { queue_.cancel(viewer); }
  void end() { queue_.end(); }
  // After end(): waits for what runs.
  void join() { queue_.join(); }

  int open_count() const { return open_count_; }
  std::size_t open_bytes() const { return open_bytes_; }

 private:
  HttpReply work_on(const RunRequest& request, const ShelfImage& image, const TellProgress& tell,
                    const StopFlag& stop, const Work& work);
  void keep_account();
  const LoadedModel& given_model(const RunRequest& request) const;
  LoadedModel load_checkpoint(const std::filesystem::path& file) const;
  const LoadedModel& checkpoint_model(const RunCheckpoint& wanted);

  // The checkpoint that was used last. A run may write it anew.
  struct LoadedCheckpoint {
    std::filesystem::path file;
    std::filesystem::file_time_type written;
    LoadedModel model;
  };

  const Models models_;
  std::atomic<int> open_count_ = 0;
  std::atomic<std::size_t> open_bytes_ = 0;
  // These two are of the queue's thread.
  std::optional<LoadedCheckpoint> checkpoint_;
  OpenImages open_;
  RunQueue queue_;  // last: it uses the others
};

}  // namespace saccade
