// Requests and replies as a program handles them.
#include "saccade/server/http_message.h"

#include "saccade/core/json_writer.h"

namespace saccade {

std::optional<std::string> HttpRequest::value(const std::string& name) const {
  for (const auto& [key, value] : query)
    if (key == name) return value;
  return std::nullopt;
}

std::vector<std::string> HttpRequest::values(const std::string& name) const {
  std::vector<std::string> all;
  for (const auto& [key, value] : query)
    if (key == name) all.push_back(value);
  return all;
}

HttpReply text_reply(int status, std::string type, std::string body) {
  return {.status = status,
          .type = std::move(type),
          .body = std::make_shared<const std::string>(std::move(body))};
}

HttpReply json_reply(std::string json, int status) {
  return text_reply(status, "application/json", std::move(json));
}

HttpReply refusal(int status, const std::string& what) {
  return json_reply(JsonWriter().begin_object().member("error", what).end_object().text(), status);
}

}  // namespace saccade
