// HTTP/1.1 for a page and its programs, over Boost.Beast. Every limit holds for whole requests, so that neither endless
// headers nor bodies nor a client that sends a byte now and then costs more than a connection for a while.
#pragma once

#include <chrono>
#include <cstddef>
#include <memory>
#include <string>

#include "saccade/server/http_message.h"

namespace saccade {

struct HttpServerOptions {
  std::string host = "127.0.0.1";  // address to listen on
  int port = 0;                    // 0: any that is free
  std::size_t header_bytes = 16 * 1024;
  std::size_t all_body_bytes = std::size_t{256}
                               << 20;                // that are read at a time, of all connections
  std::size_t let_go_bytes = std::size_t{64} << 20;  // read and forgotten behind a refusal
  int connections = 256;                             // more are told 503
  int threads = 4;                                   // that run the handler
  std::chrono::seconds header_time{10};  // for a whole header, also between two requests
  std::chrono::seconds body_time{60};    // for a whole body
  std::chrono::seconds write_time{60};   // for a whole reply
};

class HttpServer {
 public:
  // Listens from here on. Throws UsageError: no such address, or its port is taken.
  HttpServer(const HttpServerOptions& options, HttpHandler& handler);
  ~HttpServer();

  int port() const;
  // Answers until SIGINT, SIGTERM or stop(); requests that are running are answered, for two seconds at most. Returns the
  // signal, 0 after stop().
  int run();
  void stop();

 private:
  class Impl;
  const std::unique_ptr<Impl> impl_;
};

}  // namespace saccade
