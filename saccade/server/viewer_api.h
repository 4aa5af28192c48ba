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
#include "saccade/server/open_images.h"
#include "saccade/server/request_guard.h"
#include "saccade/server/run_queue.h"
#include "saccade/server/run_request.h"
#include "saccade/server/study_files.h"
#include "saccade/server/web_files.h"

namespace saccade {

struct ViewerOptions {
  const LoadedModel* a = nullptr;  // these outlive the server
  const LoadedModel* b = nullptr;  // null: there is no second one
  std::vector<ShelfImage> images;
  std::optional<CocoDataSet> truth;
  std::vector<std::string>
      interventions;  // that the page begins with; for both models where there are two
  std::vector<std::string> sweeps;
  std::string runs;
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

  // Puts `work` into the queue; what it returns or throws is answered.
  using Work = std::function<HttpReply(const LoadedModel&, const OpenImage&, const Interventions&,
                                       const StopFlag&, const TellProgress&)>;
  static Work decoder_work(const RunRequest& wanted, const ShelfImage& image);
  static Work detections_work(const HttpRequest& request);
  static Work token_work(const HttpRequest& request);
  void run(const RunRequest& request, const ShelfImage& image, const Respond& respond, Work work);
  const LoadedModel& model_of(const RunRequest& request) const;

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
  std::atomic<int> open_count_ = 0;
  std::atomic<std::size_t> open_bytes_ = 0;
  OpenImages open_;  // of the queue's thread
  RunQueue queue_;   // last: it uses the others
};

}  // namespace saccade
