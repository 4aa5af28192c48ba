// Who may ask.
#include "saccade/server/request_guard.h"

#include <sys/random.h>

#include <algorithm>
#include <array>
#include <utility>

#include "saccade/core/error.h"
#include "saccade/core/hex_text.h"
#include "saccade/server/url_text.h"

namespace saccade {
namespace {

// Where the port begins in "localhost:8017" or "[::1]:8017"; the end where there is none.
std::size_t port_in(const std::string& host) {
  const std::size_t bracket = host.rfind(']');
  const std::size_t colon = host.rfind(':');
  const bool has_port = colon != std::string::npos &&
                        (bracket == std::string::npos || colon > bracket) &&
                        host.find_first_not_of("0123456789", colon + 1) == std::string::npos;
  return has_port ? colon : host.size();
}

// "localhost:8017" without its port; "[::1]" keeps its brackets.
std::string name_of(const std::string& host) { return host.substr(0, port_in(host)); }

// "saccade_token_8017=": browsers keep cookies by host, whatever the port, and a machine may have several viewers.
std::string cookie_of(const HttpRequest& request) {
  const std::size_t colon = port_in(request.host);
  const std::string port = colon < request.host.size() ? request.host.substr(colon + 1) : "80";
  return "saccade_token_" + port + "=";
}

bool is_this_machine(const std::string& name) {
  return name == "localhost" || name == "127.0.0.1" || name == "[::1]";
}

// Takes as long whatever the first difference is.
bool equal_in_constant_time(const std::string& a, const std::string& b) {
  if (a.size() != b.size()) return false;
  unsigned difference = 0;
  for (std::size_t i = 0; i < a.size(); ++i)
    difference |= static_cast<unsigned char>(a[i]) ^ static_cast<unsigned char>(b[i]);
  return difference == 0;
}

// The value of our cookie among "a=1; saccade_token_8017=...; b=2".
std::string token_cookie(const HttpRequest& request) {
  const std::string &cookies = request.cookie, name = cookie_of(request);
  std::size_t at = 0;
  while (at < cookies.size()) {
    const std::size_t end = std::min(cookies.find(';', at), cookies.size());
    const std::size_t begin = std::min(cookies.find_first_not_of(' ', at), end);
    const std::string one = cookies.substr(begin, end - begin);
    if (one.starts_with(name)) return one.substr(name.size());
    at = end + 1;
  }
  return "";
}

// The path with all but its '/' encoded. Two of them in front would lead to another host.
std::string encoded_path(const std::string& path) {
  std::string encoded = "/";
  std::size_t at = std::min(path.find_first_not_of('/'), path.size());
  while (at < path.size()) {
    const std::size_t end = std::min(path.find('/', at), path.size());
    encoded += percent_encoded(path.substr(at, end - at));
    if (end < path.size()) encoded += '/';
    at = end + 1;
  }
  return encoded;
}

// To the same address without the token. Lax: a link to the viewer from elsewhere carries the cookie, what pages of
// elsewhere ask for does not.
HttpReply to_cookie(const HttpRequest& request, const std::string& token) {
  std::string location = encoded_path(request.path);
  char before = '?';
  for (const auto& [name, value] : request.query) {
    if (name == "token") continue;
    location += std::exchange(before, '&');
    location += percent_encoded(name) + "=" + percent_encoded(value);
  }
  HttpReply reply = text_reply(303, "text/plain", "");
  reply.headers = {{"Location", location},
                   {"Set-Cookie", cookie_of(request) + token + "; HttpOnly; SameSite=Lax; Path=/"}};
  return reply;
}

// A page of another site asked, not a person who followed a link from there.
bool is_from_elsewhere(const HttpRequest& request) {
  if (!request.origin.empty() && request.origin != "http://" + request.host &&
      request.origin != "https://" + request.host)
    return true;
  const bool other_site = request.fetch_site == "cross-site" || request.fetch_site == "same-site";
  return other_site && request.fetch_mode != "navigate";
}

}  // namespace

bool RequestGuard::has_token(const HttpRequest& request) const {
  constexpr std::string_view kBearer = "Bearer ";
  if (request.authorization.starts_with(kBearer) &&
      equal_in_constant_time(request.authorization.substr(kBearer.size()), token_))
    return true;
  return equal_in_constant_time(token_cookie(request), token_);
}

std::optional<HttpReply> RequestGuard::refuse(const HttpRequest& request) const {
  if (request.host.empty()) return refusal(400, "the request names no host");
  if (is_from_elsewhere(request)) return refusal(403, "pages of other sites may not ask");
  if (token_.empty()) {
    if (is_this_machine(name_of(request.host))) return std::nullopt;
    return refusal(403, "this server answers under localhost and 127.0.0.1 alone");
  }
  if (has_token(request)) return std::nullopt;
  const auto given = request.value("token");
  if (given && equal_in_constant_time(*given, token_)) return to_cookie(request, token_);
  return refusal(401, "the address lacks the token that saccade view printed: open it as printed");
}

std::string random_token() {
  std::array<unsigned char, 16> bytes{};
  if (getrandom(bytes.data(), bytes.size(), 0) != static_cast<ssize_t>(bytes.size()))
    throw Error("the system gives no random bytes for a token");
  return hex_text(std::as_bytes(std::span(bytes)));
}

}  // namespace saccade
