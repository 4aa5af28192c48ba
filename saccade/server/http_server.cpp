// HTTP/1.1 over Boost.Beast: one thread for all connections, a few for the handler.
#include "saccade/server/http_server.h"

#include <utility>  // Boost 1.74 forgets it

#include <boost/asio/awaitable.hpp>
#include <boost/asio/co_spawn.hpp>
#include <boost/asio/detached.hpp>
#include <boost/asio/io_context.hpp>
#include <boost/asio/ip/tcp.hpp>
#include <boost/asio/post.hpp>
#include <boost/asio/redirect_error.hpp>
#include <boost/asio/signal_set.hpp>
#include <boost/asio/steady_timer.hpp>
#include <boost/asio/thread_pool.hpp>
#include <boost/asio/use_awaitable.hpp>
#include <boost/beast/core/flat_buffer.hpp>
#include <boost/beast/core/tcp_stream.hpp>
#include <boost/beast/http.hpp>

#include <atomic>
#include <csignal>

#include "saccade/core/error.h"
#include "saccade/server/event_stream.h"
#include "saccade/server/url_text.h"

namespace saccade {
namespace {

namespace asio = boost::asio;
namespace beast = boost::beast;
namespace http = boost::beast::http;
using asio::ip::tcp;
using boost::system::error_code;

constexpr std::chrono::seconds kHeartbeat{15};
constexpr std::chrono::seconds kLetGo{3};
constexpr std::chrono::seconds kGrace{2};  // for requests that run when the server ends

// An awaitable that gives its error instead of throwing it.
auto caught(error_code& error) { return asio::redirect_error(asio::use_awaitable, error); }

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

template <typename Message>
void set_headers(Message& message, const HttpReply& reply) {
  message.set(http::field::content_type, reply.type);
  message.set("X-Content-Type-Options", "nosniff");
  message.set("Referrer-Policy", "no-referrer");
  message.set("Cross-Origin-Resource-Policy", "same-origin");
  message.set("Cross-Origin-Opener-Policy", "same-origin");
  message.set("X-Frame-Options", "DENY");
  message.set(
      "Content-Security-Policy",
      "default-src 'self'; img-src 'self' blob: data:; style-src 'self'; object-src 'none'; "
      "base-uri 'none'; form-action 'none'; frame-ancestors 'none'");
  message.set(http::field::cache_control, "no-store");
  for (const auto& [name, value] : reply.headers) message.set(name, value);
}

}  // namespace

class HttpServer::Impl {
 public:
  Impl(const HttpServerOptions& options, HttpHandler& handler)
      : o_(options),
        handler_(handler),
        acceptor_(io_),
        signals_(io_, SIGINT, SIGTERM),
        ending_(io_),
        pool_(static_cast<std::size_t>(options.threads)) {
    error_code error;
    const auto address = asio::ip::make_address(o_.host, error);
    if (error)
      throw UsageError(text_of("--host: '", o_.host,
                               "' is no address; expected one such as 127.0.0.1 "
                               "or 0.0.0.0"));
    const tcp::endpoint endpoint(address, static_cast<unsigned short>(o_.port));
    acceptor_.open(endpoint.protocol());
    acceptor_.set_option(tcp::acceptor::reuse_address(true));
    acceptor_.bind(endpoint, error);
    if (error)
      throw UsageError(text_of("--port: cannot listen on ", o_.host, ":", o_.port, ": ",
                               error.message(), "; give another, or 0 for any that is free"));
    acceptor_.listen();
  }

  int port() const { return acceptor_.local_endpoint().port(); }

  int run() {
    signals_.async_wait([this](const error_code& error, int signal) {
      if (error) return;
      signal_ = signal;
      end();
    });
    asio::co_spawn(io_, accept(), asio::detached);
    io_.run();
    pool_.join();
    return signal_;
  }

  void stop() {
    asio::post(io_, [this] { end(); });
  }

 private:
  // Bytes of a body that may come, counted while they may.
  class Reading {
   public:
    Reading(std::size_t& sum, std::size_t bytes) : sum_(sum), bytes_(bytes) { sum_ += bytes_; }
    ~Reading() { sum_ -= bytes_; }
    Reading(const Reading&) = delete;

   private:
    std::size_t& sum_;
    const std::size_t bytes_;
  };

  // Takes the events of a stream while it lives, also where its coroutine is never resumed.
  class Listening {
   public:
    Listening(std::shared_ptr<EventStream> events, std::function<void()> wake)
        : events_(std::move(events)) {
      events_->on_change(std::move(wake));
    }
    ~Listening() {
      events_->on_change(nullptr);
      events_->close();
    }
    Listening(const Listening&) = delete;

   private:
    const std::shared_ptr<EventStream> events_;
  };

  // Nothing new is taken; what runs may still answer.
  void end() {
    if (std::exchange(is_ending_, true)) return;
    error_code ignored;
    acceptor_.close(ignored);
    signals_.cancel(ignored);
    handler_.stop();
    ending_.expires_after(kGrace);
    ending_.async_wait([this](const error_code&) { io_.stop(); });
    end_where_idle();
  }

  void end_where_idle() {
    if (is_ending_ && running_ == 0 && writing_ == 0) io_.stop();
  }

  asio::awaitable<void> accept() {
    for (;;) {
      error_code error;
      tcp::socket socket = co_await acceptor_.async_accept(caught(error));
      if (is_ending_) co_return;
      if (error) {  // such as too many open files: it passes
        asio::steady_timer pause(io_, std::chrono::milliseconds(100));
        co_await pause.async_wait(caught(error));
        continue;
      }
      socket.set_option(tcp::no_delay(true), error);
      asio::co_spawn(io_, serve(beast::tcp_stream(std::move(socket))), asio::detached);
    }
  }

  asio::awaitable<void> serve(beast::tcp_stream stream) {
    ++connections_;
    try {
      co_await serve_requests(stream);
    } catch (const std::exception&) {  // the client is gone: nobody to tell
    }
    --connections_;
    error_code ignored;
    stream.socket().shutdown(tcp::socket::shutdown_send, ignored);
    stream.close();
  }

  asio::awaitable<void> serve_requests(beast::tcp_stream& stream) {
    beast::flat_buffer buffer(2 * o_.header_bytes);
    bool keep = true;
    while (keep && !is_ending_) {
      http::request_parser<http::string_body> parser;
      parser.header_limit(static_cast<std::uint32_t>(o_.header_bytes));
      // The path's own limit holds once it is known.
      parser.body_limit(std::numeric_limits<std::uint64_t>::max());
      error_code error;
      stream.expires_after(o_.header_time);
      co_await http::async_read_header(stream, buffer, parser, caught(error));
      if (error) {
        if (is_the_clients_fault(error)) co_await write(stream, refusal_of(error), false, false);
        co_return;
      }
      keep = co_await serve_one(stream, buffer, parser);
    }
  }

  // Faults that a client may be told of; others mean that it is gone or silent.
  static bool is_the_clients_fault(const error_code& error) {
    return error.category() == make_error_code(http::error::bad_target).category() &&
           error != http::error::end_of_stream && error != http::error::partial_message;
  }

  static HttpReply refusal_of(const error_code& error) {
    if (error == http::error::header_limit || error == http::error::buffer_overflow)
      return refusal(431, "the request's header is too long");
    if (error == http::error::body_limit) return refusal(413, "the request's body is too long");
    return refusal(400, "the request is no HTTP/1.1: " + error.message());
  }

  using Parser = http::request_parser<http::string_body>;

  // Whether the connection goes on.
  asio::awaitable<bool> serve_one(beast::tcp_stream& stream, beast::flat_buffer& buffer,
                                  Parser& parser) {
    const bool is_head = parser.get().method() == http::verb::head;
    const bool keep = parser.keep_alive() && !is_ending_;
    HttpRequest request;
    if (const auto early = refuse(parser, request)) {
      // A body that is not wanted is not read: the connection ends after the answer.
      const bool has_body = parser.chunked() || parser.content_length().value_or(0) > 0;
      co_await write(stream, *early, keep && !has_body, is_head);
      if (has_body) co_await let_go(stream);
      co_return keep && !has_body;
    }
    const std::size_t limit = handler_.body_limit(request.method, request.path);
    const Reading reading(reading_, parser.content_length().value_or(limit));
    parser.body_limit(limit);
    if (!co_await read_body(stream, buffer, parser)) co_return false;
    request.body = std::move(parser.get().body());
    const HttpReply reply = co_await answer(std::move(request));
    if (reply.events) {
      co_await write_events(stream, reply);
      co_return false;
    }
    co_await write(stream, reply, keep, is_head);
    co_return keep;
  }

  // What is wrong with a request before its body is read; `request` gets the rest of it.
  std::optional<HttpReply> refuse(const Parser& parser, HttpRequest& request) const {
    if (auto wrong = read_target(parser.get().base(), request)) return wrong;
    if (connections_ > o_.connections)
      return refusal(503, "too many connections; try again in a moment");
    if (auto refused = handler_.refuse(request)) return refused;
    const std::size_t limit = handler_.body_limit(request.method, request.path);
    if (parser.content_length().value_or(0) > limit)
      return refusal(413, text_of("the body is longer than the ", limit, " bytes that ",
                                  request.path, " takes"));
    const std::size_t length = parser.content_length().value_or(limit);
    if (length > 0 && reading_ + length > o_.all_body_bytes)
      return refusal(503, "too many uploads at once; try again in a moment");
    return std::nullopt;
  }

  // False where there is none to read: the client has been told, or is gone.
  asio::awaitable<bool> read_body(beast::tcp_stream& stream, beast::flat_buffer& buffer,
                                  Parser& parser) {
    error_code error;
    stream.expires_after(o_.body_time);
    if (beast::iequals(parser.get()[http::field::expect], "100-continue")) {
      http::response<http::empty_body> go_on{http::status::continue_, 11};
      co_await http::async_write(stream, go_on, caught(error));
    }
    co_await http::async_read(stream, buffer, parser, caught(error));
    stream.expires_never();
    if (error && is_the_clients_fault(error)) {
      co_await write(stream, refusal_of(error), false, false);
      co_await let_go(stream);
    }
    co_return !error;
  }

  // Reads on for a moment what a client still sends: one that is cut off while it sends never sees the answer.
  asio::awaitable<void> let_go(beast::tcp_stream& stream) {
    error_code error;
    stream.socket().shutdown(tcp::socket::shutdown_send, error);
    stream.expires_after(kLetGo);
    std::string unread(64 * 1024, '\0');
    for (std::size_t left = o_.let_go_bytes; !error && left > 0;) {
      const std::size_t read = co_await stream.async_read_some(asio::buffer(unread), caught(error));
      left -= std::min(left, read);
    }
  }

  static std::optional<HttpReply> read_target(const http::request_header<>& header,
                                              HttpRequest& request) {
    try {
      request = request_of(header);
    } catch (const UsageError& error) {
      return refusal(400, error.what());
    }
    if (header.count(http::field::host) > 1) return refusal(400, "the request names two hosts");
    return std::nullopt;
  }

  // The handler runs on the pool, and answers from wherever it likes.
  asio::awaitable<HttpReply> answer(HttpRequest request) {
    struct Waiting {
      explicit Waiting(asio::io_context& io) : timer(io, asio::steady_timer::time_point::max()) {}
      asio::steady_timer timer;
      HttpReply reply;
    };
    const auto waiting = std::make_shared<Waiting>(io_);
    ++running_;
    Respond respond = [this, waiting](HttpReply reply) {
      asio::post(io_, [waiting, reply = std::move(reply)]() mutable {
        waiting->reply = std::move(reply);
        waiting->timer.cancel();
      });
    };
    asio::post(pool_, [this, respond, request = std::move(request)]() mutable {
      try {
        handler_.handle(std::move(request), respond);
      } catch (const UsageError& error) {
        respond(refusal(400, error.what()));
      } catch (const Error& error) {
        respond(refusal(422, error.what()));
      } catch (const std::exception& error) {
        respond(refusal(500, error.what()));
      }
    });
    error_code ignored;
    co_await waiting->timer.async_wait(caught(ignored));
    --running_;
    co_return std::move(waiting->reply);
  }

  asio::awaitable<void> write(beast::tcp_stream& stream, const HttpReply& reply, bool keep,
                              bool is_head) {
    static const std::string kNone;
    const std::string& body = reply.body ? *reply.body : kNone;
    http::response<http::span_body<const char>> message{static_cast<http::status>(reply.status),
                                                        11};
    set_headers(message, reply);
    message.keep_alive(keep);
    message.content_length(body.size());
    if (!is_head) message.body() = {body.data(), body.size()};
    http::response_serializer<http::span_body<const char>> serializer{message};
    ++writing_;
    error_code error;
    stream.expires_after(o_.write_time);
    if (is_head)
      co_await http::async_write_header(stream, serializer, caught(error));
    else
      co_await http::async_write(stream, serializer, caught(error));
    --writing_;
    end_where_idle();
    if (error) throw Error(error.message());
  }

  asio::awaitable<void> write_events(beast::tcp_stream& stream, const HttpReply& reply) {
    const auto timer = std::make_shared<asio::steady_timer>(io_);
    const Listening listening(reply.events,
                              [this, timer] { asio::post(io_, [timer] { timer->cancel(); }); });
    ++writing_;
    try {
      co_await write_each_event(stream, reply, *reply.events, *timer);
    } catch (const std::exception&) {  // the listener is gone
    }
    --writing_;
    end_where_idle();
  }

  asio::awaitable<void> write_each_event(beast::tcp_stream& stream, const HttpReply& reply,
                                         EventStream& events, asio::steady_timer& timer) {
    http::response<http::empty_body> message{static_cast<http::status>(reply.status), 11};
    HttpReply head = reply;
    head.type = "text/event-stream";
    set_headers(message, head);
    message.chunked(true);
    http::response_serializer<http::empty_body> serializer{message};
    stream.expires_after(o_.write_time);
    co_await http::async_write_header(stream, serializer, asio::use_awaitable);
    for (;;) {
      // Before looking: what comes while it looks ends the wait.
      timer.expires_after(kHeartbeat);
      std::optional<std::string> event = events.take();
      if (!event && events.is_closed()) break;
      if (!event) {
        error_code woken;
        co_await timer.async_wait(caught(woken));
        event = events.take();
        if (!event && !woken) event = ": still here\n\n";
        if (!event) continue;
      }
      stream.expires_after(o_.write_time);
      co_await asio::async_write(stream,
                                 http::make_chunk(asio::const_buffer(event->data(), event->size())),
                                 asio::use_awaitable);
    }
    co_await asio::async_write(stream, http::make_chunk_last(), asio::use_awaitable);
  }

  const HttpServerOptions o_;
  HttpHandler& handler_;
  asio::io_context io_{1};
  tcp::acceptor acceptor_;
  asio::signal_set signals_;
  asio::steady_timer ending_;
  asio::thread_pool pool_;
  std::size_t reading_ = 0;
  int signal_ = 0, connections_ = 0, running_ = 0, writing_ = 0;
  bool is_ending_ = false;
};

HttpServer::HttpServer(const HttpServerOptions& options, HttpHandler& handler)
    : impl_(std::make_unique<Impl>(options, handler)) {}

HttpServer::~HttpServer() = default;

int HttpServer::port() const { return impl_->port(); }
int HttpServer::run() { return impl_->run(); }
void HttpServer::stop() { impl_->stop(); }

}  // namespace saccade
