// What `saccade view` answers.
#include "saccade/server/viewer_api.h"

#include <ATen/Parallel.h>

#include <chrono>

#include "saccade/core/error.h"
#include "saccade/core/json_writer.h"
#include "saccade/core/one_line.h"
#include "saccade/explain/model_limits.h"
#include "saccade/image/decode.h"
#include "saccade/image/image_kind.h"
#include "saccade/image/image_probe.h"
#include "saccade/server/error_replies.h"
#include "saccade/server/event_stream.h"
#include "saccade/server/run_works.h"
#include "saccade/server/viewer_replies.h"

namespace saccade {
namespace {

using Clock = std::chrono::steady_clock;

constexpr std::size_t kRequestBytes = 256 * 1024;  // of a body that is no image
constexpr std::size_t kUploadsInAll = std::size_t{256} << 20;
// Shorter runs say nothing of themselves.
constexpr std::chrono::milliseconds kQuiet{100};

// "/api/image/i0" -> api, image, i0. Names with slashes stay whole only where they were encoded: ids have none.
std::vector<std::string> parts_of(const std::string& path) {
  std::vector<std::string> parts;
  std::size_t at = 1;
  while (at < path.size()) {
    const std::size_t end = std::min(path.find('/', at), path.size());
    parts.push_back(path.substr(at, end - at));
    at = end + 1;
  }
  return parts;
}

}  // namespace

ViewerApi::ViewerApi(ViewerOptions options)
    : o_(std::move(options)),
      guard_(o_.token),
      files_(o_.web_root),
      studies_(o_.sweeps, o_.runs),
      shelf_(o_.images, kUploadsInAll),
      runs_({.a = o_.a, .b = o_.b, .studies = &studies_, .load = o_.load}, o_.memory_bytes,
            o_.apply_exif, [this](int count) { tell_closed(count); }) {
  // Texts of the start are refused now, not when a page opens.
  read_interventions(o_.interventions, limits_of(o_.a->detector->config()));
}

void ViewerApi::tell_closed(int images) {
  const std::string json = JsonWriter()
                               .begin_object()
                               .member("images", images)
                               .member("budget_mb", o_.memory_bytes >> 20)
                               .end_object()
                               .text();
  const std::lock_guard lock(mutex_);
  for (const auto& [viewer, stream] : streams_) stream->send("closed", json);
}

std::size_t ViewerApi::body_limit(const std::string& method, const std::string& path) const {
  if (method != "POST") return 0;
  return path == "/api/image" ? o_.upload_bytes : kRequestBytes;
}

std::optional<HttpReply> ViewerApi::refuse(const HttpRequest& request) const {
  return guard_.refuse(request);
}

void ViewerApi::stop() {
  runs_.end();
  const std::lock_guard lock(mutex_);
  for (const auto& [viewer, stream] : streams_) {
    stream->send("stopping", "{}");
    stream->close();
  }
}

void ViewerApi::handle(HttpRequest request, Respond respond) {
  ++requests_;
  const Path path = parts_of(request.path);
  bool answers_later = false;
  const HttpReply reply = reply_of([&] {
    if (path.size() >= 3 && path[0] == "api" && path[1] == "image" && request.method != "DELETE") {
      route_image(request, path, [&answers_later, respond](HttpReply r) { respond(std::move(r)); });
      answers_later = true;
      return HttpReply{};
    }
    return plain_reply(request, path);
  });
  if (!answers_later) respond(reply);
}

// What is answered at once.
HttpReply ViewerApi::plain_reply(const HttpRequest& request, const Path& path) {
  const std::string& method = request.method;
  const bool is_read = method == "GET" || method == "HEAD";
  if (path.empty() || path[0] != "api")
    return is_read ? files_.get(request) : wrong_method("GET, HEAD");
  const std::string what = path.size() > 1 ? path[1] : "";
  if (what == "image" && path.size() == 2)
    return method == "POST" ? upload(request) : wrong_method("POST");
  if (what == "run" && path.size() == 2) {
    if (method != "DELETE") return wrong_method("DELETE");
    runs_.cancel(request.value("viewer").value_or(""));
    return {.status = 204};
  }
  if (!is_read) return wrong_method("GET, HEAD");
  if (path.size() == 2 && what == "model") return model_reply();
  if (path.size() == 2 && what == "images") return images_reply();
  if (path.size() == 2 && what == "status") return status_reply();
  if (path.size() == 2 && what == "runs") return studies_.runs();
  if (path.size() == 2 && what == "events") return events(request);
  if (path.size() == 3 && what == "sweep") return studies_.sweep(path[2]);
  if (path.size() == 4 && what == "run" && path[3] == "log")
    return studies_.log(path[2], whole_in(request.value("from").value_or("0"), "from"));
  if (path.size() == 4 && what == "run" && path[3] == "checkpoints")
    return studies_.checkpoints(path[2]);
  return nothing_here(request);
}

// /api/image/ID...
void ViewerApi::route_image(const HttpRequest& request, const Path& path, const Respond& respond) {
  const ShelfImage image = shelf_.find(path[2]);
  const std::string what = path.size() > 3 ? path[3] : "";
  if (path.size() > 4) return respond(nothing_here(request));
  if (what == "intervene") {
    if (request.method != "POST") return respond(wrong_method("POST"));
    RunRequest wanted = run_request_of(request.body);
    wanted.gone = request.gone;
    return run(wanted, image, respond, decoder_work(wanted, image, truth()));
  }
  if (request.method != "GET" && request.method != "HEAD")
    return respond(wrong_method("GET, HEAD"));
  if (what.empty()) return respond(image_reply(image));
  if (what == "photo") return respond(photo_reply(image));
  if (what == "truth") return respond(truth_reply(image));
  const RunRequest wanted = run_request_of(request);
  if (what == "decoder.bin")
    return run(wanted, image, respond, decoder_work(wanted, image, truth()));
  if (what == "detections") return run(wanted, image, respond, detections_work(request));
  if (what == "token") return run(wanted, image, respond, token_work(request));
  if (what == "map") return run(wanted, image, respond, map_work(request));
  respond(nothing_here(request));
}

void ViewerApi::run(const RunRequest& request, const ShelfImage& image, const Respond& respond,
                    ModelRuns::Work work) {
  runs_.run(request, image, teller(request.viewer), respond, std::move(work));
}

std::shared_ptr<EventStream> ViewerApi::stream_of(const std::string& viewer) const {
  const std::lock_guard lock(mutex_);
  const auto found = streams_.find(viewer);
  return found == streams_.end() ? nullptr : found->second;
}

TellProgress ViewerApi::teller(const std::string& viewer) const {
  const auto stream = viewer.empty() ? nullptr : stream_of(viewer);
  if (!stream) return nullptr;
  return [stream, last = std::make_shared<Clock::time_point>(Clock::now())](const std::string& text,
                                                                            double part) {
    if (Clock::now() - *last < kQuiet) return;
    *last = Clock::now();
    stream->send(
        "progress",
        JsonWriter().begin_object().member("text", text).member("part", part).end_object().text());
  };
}

HttpReply ViewerApi::events(const HttpRequest& request) {
  const std::string viewer = viewer_name(request.value("viewer").value_or(""));
  if (viewer.empty()) throw UsageError("'viewer': who listens?");
  const auto stream = std::make_shared<EventStream>();
  const std::lock_guard lock(mutex_);
  std::erase_if(streams_, [](const auto& one) { return one.second->is_closed(); });
  auto& place = streams_[viewer];
  if (place) place->close();
  place = stream;
  return {.events = stream};
}

HttpReply ViewerApi::model_reply() const {
  ServerWords words{.version = o_.version,
                    .device = o_.a->detector->device().str(),
                    .precision = o_.precision,
                    .command = o_.command,
                    .threads = at::get_num_threads(),
                    .exif = o_.apply_exif,
                    .memory_budget_mb = o_.memory_bytes >> 20,
                    .upload_limit_mb = o_.upload_bytes >> 20,
                    .interventions = o_.interventions,
                    .sweeps = studies_.sweep_names(),
                    .has_runs = studies_.has_runs(),
                    .faith = o_.faith};
  return json_reply(model_json(*o_.a, o_.b, words));
}

HttpReply ViewerApi::images_reply() const {
  JsonWriter json;
  json.begin_object().key("images").begin_array();
  for (const ShelfImage& image : shelf_.list())
    json.begin_object()
        .member("id", image.id)
        .member("name", image.name)
        .member("truth", image.truth >= 0)
        .end_object();
  return json_reply(json.end_array().end_object().text());
}

// Sizes are of the picture as it is shown.
HttpReply ViewerApi::image_reply(const ShelfImage& image) const {
  const auto bytes = photo_bytes(image);
  const ImageProbe probe = probe_image(std::as_bytes(std::span(*bytes)), image.name);
  const ImageSize size = probe.shown_size(o_.apply_exif);
  JsonWriter json;
  json.begin_object().member("id", image.id).member("name", image.name);
  if (!image.path.empty()) json.member("file", image.path.string());
  json.member("width", size.width).member("height", size.height);
  return json_reply(json.member("truth", image.truth >= 0).end_object().text());
}

HttpReply ViewerApi::photo_reply(const ShelfImage& image) const {
  HttpReply reply{.body = photo_bytes(image)};
  const bool is_png = image_kind(std::as_bytes(std::span(*reply.body))) == ImageKind::kPng;
  reply.type = is_png ? "image/png" : "image/jpeg";
  // The name of an upload says what is in it. Given images are numbered: another server, or another file in its place,
  // would get this one's picture.
  if (image.path.empty()) reply.headers = {{"Cache-Control", "private, max-age=3600"}};
  return reply;
}

HttpReply ViewerApi::truth_reply(const ShelfImage& image) const {
  if (image.truth < 0 || !o_.truth)
    return refusal(404, "this image has no annotations; give --annotations FILE at start");
  return json_reply(truth_json(*o_.truth, image.truth, o_.a->classes));
}

HttpReply ViewerApi::upload(const HttpRequest& request) {
  const std::string name = one_line(request.value("name").value_or("upload"));
  if (name.size() > 255) throw UsageError("'name': expected at most 255 bytes");
  const auto bytes = std::as_bytes(std::span(request.body));
  if (!image_kind(bytes)) return refusal(415, name + ": not a JPEG or PNG file");
  const ImageProbe probe = probe_image(bytes, name);
  const std::int64_t pixels = std::int64_t{probe.width} * probe.height;
  if (pixels > o_.upload_pixels)
    return refusal(
        422, text_of(name, ": has ", pixels, " pixels; at most ", o_.upload_pixels, " are taken"));
  decode_image(bytes, name, o_.apply_exif);  // broken ones are told now, not when they are opened
  HttpReply reply = image_reply(shelf_.add(name, request.body));
  reply.status = 201;
  return reply;
}

HttpReply ViewerApi::status_reply() const {
  std::size_t viewers = 0;
  {
    const std::lock_guard lock(mutex_);
    for (const auto& [viewer, stream] : streams_) viewers += stream->is_listening() ? 1 : 0;
  }
  return json_reply(JsonWriter()
                        .begin_object()
                        .member("open_images", runs_.open_count())
                        .member("memory_mb", runs_.open_bytes() >> 20)
                        .member("uploads_mb", shelf_.upload_bytes() >> 20)
                        .member("viewers", viewers)
                        .member("requests", requests_.load())
                        .end_object()
                        .text());
}

}  // namespace saccade
