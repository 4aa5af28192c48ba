// Raw bytes to the server over a socket: it answers with HTTP or closes, and goes on serving.
#include <arpa/inet.h>
#include <netinet/in.h>
#include <sys/socket.h>
#include <unistd.h>

#include <thread>

#include "saccade/server/http_server.h"
#include "saccade/server/request_guard.h"
#include "saccade/server/run_request.h"
#include "tests/fuzz/fuzz.h"

namespace saccade::fuzz {
namespace {

// Reads the body as the viewer does.
class Reader : public HttpHandler {
 public:
  std::size_t body_limit(const std::string& method, const std::string&) const override {
    return method == "POST" ? 1024 : 0;
  }
  std::optional<HttpReply> refuse(const HttpRequest& request) const override {
    return RequestGuard("").refuse(request);
  }
  void handle(HttpRequest request, Respond respond) override {
    const RunRequest run =
        request.method == "POST" ? run_request_of(request.body) : run_request_of(request);
    respond(json_reply("{}", run.texts.empty() ? 200 : 202));
  }
  void stop() override {}
};

// Runs for as long as the process does.
class Server {
 public:
  Server()
      : server_({.header_bytes = 4096, .threads = 1}, reader_),
        thread_([this] { server_.run(); }) {}
  ~Server() {
    server_.stop();
    thread_.join();
  }
  int port() const { return server_.port(); }

 private:
  Reader reader_;
  HttpServer server_;
  std::thread thread_;
};

int connected(int port) {
  const int client = socket(AF_INET, SOCK_STREAM | SOCK_CLOEXEC, 0);
  sockaddr_in address{};
  address.sin_family = AF_INET;
  address.sin_port = htons(static_cast<std::uint16_t>(port));
  address.sin_addr.s_addr = htonl(INADDR_LOOPBACK);
  require(connect(client, reinterpret_cast<sockaddr*>(&address), sizeof(address)) == 0,
          "the server listens");
  // No port waits for stragglers: thousands of connections a second would use them up.
  const linger at_once{.l_onoff = 1, .l_linger = 0};
  setsockopt(client, SOL_SOCKET, SO_LINGER, &at_once, sizeof(at_once));
  return client;
}

// All that the server answers until it closes.
std::string answer(int port, std::string_view request) {
  const int client = connected(port);
  send(client, request.data(), request.size(), MSG_NOSIGNAL);
  shutdown(client, SHUT_WR);
  std::string all;
  char bytes[4096];
  for (ssize_t n = 0; (n = recv(client, bytes, sizeof(bytes), 0)) > 0;)
    all.append(bytes, static_cast<std::size_t>(n));
  close(client);
  return all;
}

}  // namespace

void check_input(std::string_view input) {
  static const Server server;
  const std::string reply = answer(server.port(), input);
  require(reply.empty() || reply.starts_with("HTTP/1.1 "), "an answer is HTTP/1.1");
  require(reply.find("\r\nX-Injected") == std::string::npos, "no header comes from a request");
}

}  // namespace saccade::fuzz
