// Who may ask: pages of other sites must not, and over the network only who has the token.
#pragma once

#include <optional>
#include <string>

#include "saccade/server/http_message.h"

namespace saccade {

class RequestGuard {
 public:
  // Without a token requests must name this machine as their host (a name that a foreign site made point here would not).
  // With one, any host is right and every request needs it: from `?token=`, which sets a cookie, the cookie, or
  // "Authorization: Bearer".
  explicit RequestGuard(std::string token) : token_(std::move(token)) {}

  // The refusal (400, 401, 403) of a request, or the redirection that puts its token into a cookie; nothing where it may pass.
  std::optional<HttpReply> refuse(const HttpRequest& request) const;

 private:
  bool has_token(const HttpRequest& request) const;

  const std::string token_;
};

// 32 hexadecimal digits from the system's source of randomness.
std::string random_token();

}  // namespace saccade
