// One connection of the server: its requests are read, handled and answered, one after another.
#pragma once

#include "saccade/server/http_wire.h"

#include <boost/asio/awaitable.hpp>
#include <boost/asio/io_context.hpp>
#include <boost/asio/ip/tcp.hpp>
#include <boost/asio/thread_pool.hpp>

#include "saccade/server/http_server.h"

namespace saccade {

// What all connections share. Everything but the pool, which runs the handler, is of the server's one thread.
struct HttpShared {
  HttpShared(const HttpServerOptions& options, HttpHandler& handler)
      : o(options), handler(handler), pool(static_cast<std::size_t>(options.threads)) {}

  // The server ends once nobody waits for an answer.
  void end_where_idle() {
    if (is_ending && running == 0 && writing == 0) io.stop();
  }

  const HttpServerOptions o;
  HttpHandler& handler;
  std::size_t reading = 0;  // bytes of bodies that may come
  int connections = 0;
  int running = 0, writing = 0;  // requests that are handled, replies on their way
  bool is_ending = false;        // nothing new is taken
  asio::io_context io{1};
  asio::thread_pool pool;
};

// Until the client or the server has enough.
asio::awaitable<void> serve_connection(HttpShared& shared, asio::ip::tcp::socket socket);

}  // namespace saccade
