// Between our requests and replies and Boost.Beast's.
#include "saccade/server/http_wire.h"

#include "saccade/core/error.h"
#include "saccade/server/url_text.h"

namespace saccade {
namespace {

std::string text_in(const http::fields& fields, http::field name) {
  return std::string(fields[name]);
}

HttpRequest request_of(const http::request_header<>& header) {
  UrlTarget url = parse_target({header.target().data(), header.target().size()});
  HttpRequest request{.method = std::string(header.method_string()),
                      .path = std::move(url.path),
                      .query = std::move(url.query)};
  request.host = text_in(header, http::field::host);
  request.origin = text_in(header, http::field::origin);
  request.cookie = text_in(header, http::field::cookie);
  request.authorization = text_in(header, http::field::authorization);
  request.accept_encoding = text_in(header, http::field::accept_encoding);
  request.if_none_match = text_in(header, http::field::if_none_match);
  request.fetch_site = std::string(header["Sec-Fetch-Site"]);
  request.fetch_mode = std::string(header["Sec-Fetch-Mode"]);
  return request;
}

}  // namespace

std::optional<HttpReply> read_header(const http::request_header<>& header, HttpRequest& request) {
  try {
    request = request_of(header);
  } catch (const UsageError& error) {
    return refusal(400, error.what());
  }
  if (header.count(http::field::host) > 1) return refusal(400, "the request names two hosts");
  return std::nullopt;
}

void set_headers(http::response_header<>& header, const HttpReply& reply) {
  header.set(http::field::content_type, reply.type);
  header.set("X-Content-Type-Options", "nosniff");
  header.set("Referrer-Policy", "no-referrer");
  header.set("Cross-Origin-Resource-Policy", "same-origin");
  header.set("Cross-Origin-Opener-Policy", "same-origin");
  header.set("X-Frame-Options", "DENY");
  header.set("Content-Security-Policy",
             "default-src 'self'; img-src 'self' blob: data:; style-src 'self'; object-src 'none'; "
             "base-uri 'none'; form-action 'none'; frame-ancestors 'none'");
  header.set(http::field::cache_control, "no-store");
  for (const auto& [name, value] : reply.headers) header.set(name, value);
}

bool is_the_clients_fault(const error_code& error) {
  return error.category() == make_error_code(http::error::bad_target).category() &&
         error != http::error::end_of_stream && error != http::error::partial_message;
}

HttpReply refusal_of(const error_code& error) {
  if (error == http::error::header_limit || error == http::error::buffer_overflow)
    return refusal(431, "the request's header is too long");
  if (error == http::error::body_limit) return refusal(413, "the request's body is too long");
  return refusal(400, "the request is no HTTP/1.1: " + error.message());
}

}  // namespace saccade
