// One connection of the server, as coroutines.
#include "saccade/server/http_connection.h"

#include <boost/asio/post.hpp>
#include <boost/asio/steady_timer.hpp>
#include <boost/beast/core/flat_buffer.hpp>
#include <boost/beast/core/tcp_stream.hpp>

#include "saccade/core/error.h"
#include "saccade/server/event_stream.h"

namespace saccade {
namespace {

using asio::ip::tcp;

constexpr std::chrono::seconds kHeartbeat{15};
constexpr std::chrono::seconds kLetGo{3};

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

// A request that is handled.
struct Waiting {
  explicit Waiting(asio::io_context& io) : timer(io, asio::steady_timer::time_point::max()) {}
  asio::steady_timer timer;
  HttpReply reply;
  const std::shared_ptr<std::atomic<bool>> gone = std::make_shared<std::atomic<bool>>(false);
  bool is_over = false;  // it has its reply, and the connection may be no more
};

class HttpConnection {
 public:
  HttpConnection(HttpShared& shared, tcp::socket socket)
      : shared_(shared), stream_(std::move(socket)), buffer_(2 * shared.o.header_bytes) {}

  asio::awaitable<void> serve() {
    ++shared_.connections;
    try {
      co_await serve_requests();
    } catch (const std::exception&) {  // the client is gone: nobody to tell
    }
    --shared_.connections;
    error_code ignored;
    stream_.socket().shutdown(tcp::socket::shutdown_send, ignored);
    stream_.close();
  }

 private:
  using Parser = http::request_parser<http::string_body>;

  asio::awaitable<void> serve_requests() {
    bool keep = true;
    while (keep && !shared_.is_ending) {
      Parser parser;
      parser.header_limit(static_cast<std::uint32_t>(shared_.o.header_bytes));
      // The path's own limit holds once it is known.
      parser.body_limit(std::numeric_limits<std::uint64_t>::max());
      error_code error;
      stream_.expires_after(shared_.o.header_time);
      co_await http::async_read_header(stream_, buffer_, parser, caught(error));
      if (error) {
        if (is_the_clients_fault(error)) co_await write(refusal_of(error), false, false);
        co_return;
      }
      keep = co_await serve_one(parser);
    }
  }

  // Whether the connection goes on.
  asio::awaitable<bool> serve_one(Parser& parser) {
    const bool is_head = parser.get().method() == http::verb::head;
    const bool keep = parser.keep_alive() && !shared_.is_ending;
    HttpRequest request;
    if (const auto early = refuse(parser, request)) {
      // A body that is not wanted is not read: the connection ends after the answer.
      const bool has_body = parser.chunked() || parser.content_length().value_or(0) > 0;
      co_await write(*early, keep && !has_body, is_head);
      if (has_body) co_await let_go();
      co_return keep && !has_body;
    }
    const std::size_t limit = shared_.handler.body_limit(request.method, request.path);
    const Reading reading(shared_.reading, parser.content_length().value_or(limit));
    parser.body_limit(limit);
    if (!co_await read_body(parser)) co_return false;
    request.body = std::move(parser.get().body());
    const HttpReply reply = co_await answer(std::move(request));
    if (reply.events) {
      co_await write_events(reply);
      co_return false;
    }
    co_await write(reply, keep, is_head);
    co_return keep;
  }

  // What is wrong with a request before its body is read; `request` gets the rest of it.
  std::optional<HttpReply> refuse(const Parser& parser, HttpRequest& request) const {
    if (auto wrong = read_header(parser.get().base(), request)) return wrong;
    if (shared_.connections > shared_.o.connections)
      return refusal(503, "too many connections; try again in a moment");
    if (auto refused = shared_.handler.refuse(request)) return refused;
    const std::size_t limit = shared_.handler.body_limit(request.method, request.path);
    const std::size_t length = parser.content_length().value_or(limit);
    if (length > limit)
      return refusal(413, text_of("the body is longer than the ", limit, " bytes that ",
                                  request.path, " takes"));
    if (length > 0 && shared_.reading + length > shared_.o.all_body_bytes)
      return refusal(503, "too many uploads at once; try again in a moment");
    return std::nullopt;
  }

  // False where there is none to read: the client has been told, or is gone.
  asio::awaitable<bool> read_body(Parser& parser) {
    error_code error;
    stream_.expires_after(shared_.o.body_time);
    if (beast::iequals(parser.get()[http::field::expect], "100-continue")) {
      http::response<http::empty_body> go_on{http::status::continue_, 11};
      co_await http::async_write(stream_, go_on, caught(error));
    }
    co_await http::async_read(stream_, buffer_, parser, caught(error));
    stream_.expires_never();
    if (error && is_the_clients_fault(error)) {
      co_await write(refusal_of(error), false, false);
      co_await let_go();
    }
    co_return !error;
  }

  // Reads on for a moment what a client still sends: one that is cut off while it sends never sees the answer.
  asio::awaitable<void> let_go() {
    error_code error;
    stream_.socket().shutdown(tcp::socket::shutdown_send, error);
    stream_.expires_after(kLetGo);
    std::string unread(64 * 1024, '\0');
    for (std::size_t left = shared_.o.let_go_bytes; !error && left > 0;) {
      const std::size_t read =
          co_await stream_.async_read_some(asio::buffer(unread), caught(error));
      left -= std::min(left, read);
    }
  }

  // The handler runs on the pool, and answers from wherever it likes.
  asio::awaitable<HttpReply> answer(HttpRequest request) {
    const auto waiting = std::make_shared<Waiting>(shared_.io);
    request.gone = waiting->gone;
    watch(waiting);
    ++shared_.running;
    Respond respond = [&shared = shared_, waiting](HttpReply reply) {
      asio::post(shared.io, [waiting, reply = std::move(reply)]() mutable {
        waiting->reply = std::move(reply);
        waiting->timer.cancel();
      });
    };
    asio::post(shared_.pool,
               [&handler = shared_.handler, respond, request = std::move(request)]() mutable {
                 try {
                   handler.handle(std::move(request), respond);
                 } catch (const std::exception& error) {
                   respond(refusal(500, error.what()));
                 }
               });
    error_code ignored;
    co_await waiting->timer.async_wait(caught(ignored));
    --shared_.running;
    waiting->is_over = true;
    stream_.socket().cancel(ignored);
    co_return std::move(waiting->reply);
  }

  // What a client sends meanwhile is its next request; an end of it means that it has hung up.
  void watch(const std::shared_ptr<Waiting>& waiting) {
    if (buffer_.size() > 0) return;
    stream_.socket().async_wait(tcp::socket::wait_read, [this, waiting](error_code error) {
      if (waiting->is_over || error == asio::error::operation_aborted) return;
      *waiting->gone = error || stream_.socket().available(error) == 0;
    });
  }

  asio::awaitable<void> write(const HttpReply& reply, bool keep, bool is_head) {
    static const std::string kNone;
    const std::string& body = reply.body ? *reply.body : kNone;
    http::response<http::span_body<const char>> message{static_cast<http::status>(reply.status),
                                                        11};
    set_headers(message, reply);
    message.keep_alive(keep);
    message.content_length(body.size());
    if (!is_head) message.body() = {body.data(), body.size()};
    http::response_serializer<http::span_body<const char>> serializer{message};
    ++shared_.writing;
    error_code error;
    stream_.expires_after(shared_.o.write_time);
    if (is_head)
      co_await http::async_write_header(stream_, serializer, caught(error));
    else
      co_await http::async_write(stream_, serializer, caught(error));
    --shared_.writing;
    shared_.end_where_idle();
    if (error) throw Error(error.message());
  }

  asio::awaitable<void> write_events(const HttpReply& reply) {
    const auto timer = std::make_shared<asio::steady_timer>(shared_.io);
    const Listening listening(
        reply.events, [&io = shared_.io, timer] { asio::post(io, [timer] { timer->cancel(); }); });
    ++shared_.writing;
    try {
      co_await write_each_event(reply, *timer);
    } catch (const std::exception&) {  // the listener is gone
    }
    --shared_.writing;
    shared_.end_where_idle();
  }

  asio::awaitable<void> write_each_event(const HttpReply& reply, asio::steady_timer& timer) {
    http::response<http::empty_body> message{static_cast<http::status>(reply.status), 11};
    HttpReply head = reply;
    head.type = "text/event-stream";
    set_headers(message, head);
    message.chunked(true);
    http::response_serializer<http::empty_body> serializer{message};
    stream_.expires_after(shared_.o.write_time);
    co_await http::async_write_header(stream_, serializer, asio::use_awaitable);
    EventStream& events = *reply.events;
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
      stream_.expires_after(shared_.o.write_time);
      co_await asio::async_write(stream_,
                                 http::make_chunk(asio::const_buffer(event->data(), event->size())),
                                 asio::use_awaitable);
    }
    co_await asio::async_write(stream_, http::make_chunk_last(), asio::use_awaitable);
  }

  HttpShared& shared_;
  beast::tcp_stream stream_;
  beast::flat_buffer buffer_;
};

}  // namespace

asio::awaitable<void> serve_connection(HttpShared& shared, tcp::socket socket) {
  HttpConnection connection(shared, std::move(socket));
  co_await connection.serve();
}

}  // namespace saccade
