// Requests and replies as a program handles them, apart from how they travel.
#pragma once

#include <atomic>
#include <functional>
#include <memory>
#include <optional>
#include <string>
#include <utility>
#include <vector>

namespace saccade {

class EventStream;  // event_stream.h

struct HttpRequest {
  std::string method;                                      // GET, HEAD, POST, DELETE
  std::string path;                                        // decoded, begins with '/'
  std::vector<std::pair<std::string, std::string>> query;  // decoded, in order
  std::string host, origin, cookie, authorization, fetch_site, fetch_mode;
  std::string accept_encoding, if_none_match;
  std::string body;
  std::shared_ptr<const std::atomic<bool>>
      gone;  // set once the client has hung up; null: nobody looks

  // The first value of this name.
  std::optional<std::string> value(const std::string& name) const;
  std::vector<std::string> values(const std::string& name) const;
};

struct HttpReply {
  int status = 200;
  std::string type = "application/json";
  std::shared_ptr<const std::string> body;  // null: none
  std::vector<std::pair<std::string, std::string>> headers;
  std::shared_ptr<EventStream> events;  // instead of a body: server-sent events
};

HttpReply text_reply(int status, std::string type, std::string body);
HttpReply json_reply(std::string json, int status = 200);
// {"error": WHAT}.
HttpReply refusal(int status, const std::string& what);

// Called once for a request, from any thread.
using Respond = std::function<void(HttpReply)>;

class HttpHandler {
 public:
  virtual ~HttpHandler() = default;

  // The longest body that this path takes, bytes; nothing is read beyond it.
  virtual std::size_t body_limit(const std::string& method, const std::string& path) const = 0;
  // What is wrong with a request whose body has not been read; nothing where it may go on.
  virtual std::optional<HttpReply> refuse(const HttpRequest& request) const = 0;
  // Runs on one of a few threads: what takes long answers later.
  virtual void handle(HttpRequest request, Respond respond) = 0;
  // The server is about to end: event streams are closed here.
  virtual void stop() = 0;
};

}  // namespace saccade
