// Between requests and replies as a program handles them and as Boost.Beast has them.
#pragma once

#include <utility>  // Boost 1.74 forgets it

#include <boost/asio/redirect_error.hpp>
#include <boost/asio/use_awaitable.hpp>
#include <boost/beast/http.hpp>

#include <optional>

#include "saccade/server/http_message.h"

namespace saccade {

namespace asio = boost::asio;
namespace beast = boost::beast;
namespace http = boost::beast::http;
using boost::system::error_code;

// An awaitable that gives its error instead of throwing it.
inline auto caught(error_code& error) { return asio::redirect_error(asio::use_awaitable, error); }

// Reads a header into `request`, whose body stays empty; the refusal where it is wrong.
std::optional<HttpReply> read_header(const http::request_header<>& header, HttpRequest& request);

// The reply's headers, and those that every reply has.
void set_headers(http::response_header<>& header, const HttpReply& reply);

// Faults that a client may be told of; others mean that it is gone or silent.
bool is_the_clients_fault(const error_code& error);
HttpReply refusal_of(const error_code& error);

}  // namespace saccade
