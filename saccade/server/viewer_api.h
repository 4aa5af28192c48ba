// What `saccade view` answers: the page, its images, detections with interventions, studies and runs (docs/http-api.md).
#pragma once

#include <atomic>
#include <map>
#include <memory>
#include <mutex>
#include <optional>
#include <string>
#include <vector>

#include "saccade/data/coco.h"
#include "saccade/model/load_model.h"
#include "saccade/server/image_shelf.h"
#include "saccade/server/model_runs.h"
#include "saccade/server/request_guard.h"
#include "saccade/server/study_files.h"
#include "saccade/server/viewer_replies.h"
#include "saccade/server/web_files.h"

namespace saccade {

struct ViewerOptions {
  const LoadedModel* a = nullptr;  // these outlive the server
  const LoadedModel* b = nullptr;  // null: there is no second one
  ModelRuns::Load load;            // of the runs' checkpoints
  std::vector<ShelfImage> images;
  std::optional<CocoDataSet> truth;
  std::vector<std::string>
      interventions;  // that the page begins with; for both models where there are two
  std::vector<std::string> sweeps;
  std::string runs;
  FaithWords faith;
  std::string web_root;
  std::string token;
  std::string version;
  std::string command;    // options that load the same model
  std::string precision;  // as it was asked for
  bool apply_exif = true;
  std::size_t memory_bytes = std::size_t{2} << 30;
  std::size_t upload_bytes = std::size_t{32} << 20;  // of one
  std::int64_t upload_pixels = 50'000'000;           // of one
};

class ViewerApi : public HttpHandler {
 public:
  explicit ViewerApi(ViewerOptions options);

  std::size_t body_limit(const std::string& method, const std::string& path) const override;
  std::optional<HttpReply> refuse(const HttpRequest& request) const override;
  void handle(HttpRequest request, Respond respond) override;
  void stop() override;
  // Waits for the run that stop() could not end at once. Its answer needs the server: before that goes.
  void join() { runs_.join(); }

 private:
  using Path = std::vector<std::string>;

  void route_image(const HttpRequest& request, const Path& path, const Respond& respond);
  HttpReply plain_reply(const HttpRequest& request, const Path& path);

  HttpReply model_reply() const;
  HttpReply images_reply() const;
  HttpReply image_reply(const ShelfImage& image) const;
  HttpReply photo_reply(const ShelfImage& image) const;
  HttpReply truth_reply(const ShelfImage& image) const;
  HttpReply upload(const HttpRequest& request);
  HttpReply status_reply() const;
  HttpReply events(const HttpRequest& request);

  void run(const RunRequest& request, const ShelfImage& image, const Respond& respond,
           ModelRuns::Work work);
  const CocoDataSet* truth() const { return o_.truth ? &*o_.truth : nullptr; }
  void tell_closed(int images);

  std::shared_ptr<EventStream> stream_of(const std::string& viewer) const;
  TellProgress teller(const std::string& viewer) const;

  const ViewerOptions o_;
  const RequestGuard guard_;
  const WebFiles files_;
  const StudyFiles studies_;
  ImageShelf shelf_;
  std::atomic<std::int64_t> requests_ = 0;
  mutable std::mutex mutex_;
  std::map<std::string, std::shared_ptr<EventStream>> streams_;  // by viewer
  ModelRuns runs_;                                               // last: its thread uses the others
};

}  // namespace saccade
