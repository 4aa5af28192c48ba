// What the viewer makes of a request once HTTP has been taken off: the address in the first line, then headers, each
// after a letter (H host, O origin, C cookie, A authorization, F fetch site, M fetch mode), and the body behind a blank line.
#include "saccade/server/request_guard.h"
#include "saccade/server/run_request.h"
#include "saccade/server/url_text.h"
#include "tests/fuzz/fuzz.h"

namespace saccade::fuzz {
namespace {

constexpr const char* kToken = "0123456789abcdef0123456789abcdef";

void set_header(HttpRequest& request, std::string_view line) {
  const std::string value(line.substr(1));
  switch (line[0]) {
    case 'H':
      request.host = value;
      break;
    case 'O':
      request.origin = value;
      break;
    case 'C':
      request.cookie = value;
      break;
    case 'A':
      request.authorization = value;
      break;
    case 'F':
      request.fetch_site = value;
      break;
    case 'M':
      request.fetch_mode = value;
  }
}

std::string_view next_line(std::string_view& rest) {
  const std::size_t end = std::min(rest.find('\n'), rest.size());
  const std::string_view line = rest.substr(0, end);
  rest.remove_prefix(std::min(end + 1, rest.size()));
  return line;
}

HttpRequest request_of(std::string_view input) {
  UrlTarget url = parse_target(next_line(input));
  HttpRequest request{.method = "POST", .path = std::move(url.path), .query = std::move(url.query)};
  for (auto line = next_line(input); !line.empty(); line = next_line(input))
    set_header(request, line);
  request.body = input;
  return request;
}

void check_address(const HttpRequest& request) {
  const UrlTarget again = parse_target("/" + percent_encoded(request.path));
  require(again.path == "/" + request.path && again.query.empty(), "an encoded path is one path");
  for (const auto& [name, value] : request.query) {
    const UrlTarget one = parse_target("/?" + percent_encoded(name) + "=" + percent_encoded(value));
    require(one.query.size() == 1 && one.query[0].first == name && one.query[0].second == value,
            "an encoded value is one value");
  }
}

// The token comes back in a cookie alone, and a redirection stays on this host.
void check_redirection(const HttpReply& reply) {
  for (const auto& [name, value] : reply.headers) {
    require(value.find_first_of("\r\n") == std::string::npos, "a header is one line");
    if (name != "Location") continue;
    require(value.starts_with("/") && !value.starts_with("//") && !value.starts_with("/\\"),
            "a redirection stays on this host");
    parse_target(value);
  }
}

void check_guard(const HttpRequest& request, std::string_view input) {
  const auto refused = RequestGuard(kToken).refuse(request);
  if (!refused) {
    const std::string all(input);
    require(all.find(kToken) != std::string::npos, "nobody passes without the token");
  } else if (refused->status == 303) {
    check_redirection(*refused);
  }
  if (!RequestGuard("").refuse(request))
    require(request.host.starts_with("localhost") || request.host.starts_with("127.0.0.1") ||
                request.host.starts_with("[::1]"),
            "without a token this machine's names alone pass");
}

template <typename From>
void check_run_request(const From& from) {
  try {
    const RunRequest request = run_request_of(from);
    require(request.longest_side >= 0 && request.longest_side <= 4096, "sides are bounded");
    for (const Intervention& one : read_interventions(request.texts, {})) {
      const auto* off = std::get_if<HeadsOff>(&one.change);
      require(!std::holds_alternative<Patch>(one.change), "a viewer names no file to patch from");
      require(off == nullptr || off->means_file.empty(), "a viewer names no file of means");
    }
  } catch (const UsageError&) {
  }
}

}  // namespace

void check_input(std::string_view input) {
  const HttpRequest request = request_of(input);
  check_address(request);
  check_guard(request, input);
  check_run_request(request);
  check_run_request(request.body);
}

}  // namespace saccade::fuzz
