// HTTP/1.1 over Boost.Beast: one thread for all connections, a few for the handler.
#include "saccade/server/http_server.h"

#include "saccade/server/http_connection.h"

#include <boost/asio/co_spawn.hpp>
#include <boost/asio/detached.hpp>
#include <boost/asio/post.hpp>
#include <boost/asio/signal_set.hpp>
#include <boost/asio/steady_timer.hpp>

#include <csignal>

#include "saccade/core/error.h"

namespace saccade {
namespace {

using asio::ip::tcp;

constexpr std::chrono::seconds kGrace{2};  // for requests that run when the server ends

}  // namespace

class HttpServer::Impl {
 public:
  Impl(const HttpServerOptions& options, HttpHandler& handler)
      : shared_(options, handler),
        acceptor_(shared_.io),
        signals_(shared_.io, SIGINT, SIGTERM),
        ending_(shared_.io) {
    error_code error;
    const auto address = asio::ip::make_address(options.host, error);
    if (error)
      throw UsageError(text_of("--host: '", options.host,
                               "' is no address; expected one such as 127.0.0.1 "
                               "or 0.0.0.0"));
    const tcp::endpoint endpoint(address, static_cast<unsigned short>(options.port));
    acceptor_.open(endpoint.protocol());
    acceptor_.set_option(tcp::acceptor::reuse_address(true));
    acceptor_.bind(endpoint, error);
    if (error)
      throw UsageError(text_of("--port: cannot listen on ", options.host, ":", options.port, ": ",
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
    asio::co_spawn(shared_.io, accept(), asio::detached);
    shared_.io.run();
    shared_.pool.join();
    return signal_;
  }

  void stop() {
    asio::post(shared_.io, [this] { end(); });
  }

 private:
  // Nothing new is taken; what runs may still answer.
  void end() {
    if (std::exchange(shared_.is_ending, true)) return;
    error_code ignored;
    acceptor_.close(ignored);
    signals_.cancel(ignored);
    shared_.handler.stop();
    ending_.expires_after(kGrace);
    ending_.async_wait([this](const error_code&) { shared_.io.stop(); });
    shared_.end_where_idle();
  }

  asio::awaitable<void> accept() {
    for (;;) {
      error_code error;
      tcp::socket socket = co_await acceptor_.async_accept(caught(error));
      if (shared_.is_ending) co_return;
      if (error) {  // such as too many open files: it passes
        asio::steady_timer pause(shared_.io, std::chrono::milliseconds(100));
        co_await pause.async_wait(caught(error));
        continue;
      }
      socket.set_option(tcp::no_delay(true), error);
      asio::co_spawn(shared_.io, serve_connection(shared_, std::move(socket)), asio::detached);
    }
  }

  HttpShared shared_;
  tcp::acceptor acceptor_;
  asio::signal_set signals_;
  asio::steady_timer ending_;
  int signal_ = 0;
};

HttpServer::HttpServer(const HttpServerOptions& options, HttpHandler& handler)
    : impl_(std::make_unique<Impl>(options, handler)) {}

HttpServer::~HttpServer() = default;

int HttpServer::port() const { return impl_->port(); }
int HttpServer::run() { return impl_->run(); }
void HttpServer::stop() { impl_->stop(); }

}  // namespace saccade
