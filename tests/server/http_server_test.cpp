// The server against clients that do not play by the rules: raw sockets.
#include "saccade/server/http_server.h"

#include <arpa/inet.h>
#include <gmock/gmock.h>
#include <gtest/gtest.h>
#include <netinet/in.h>
#include <sys/socket.h>
#include <unistd.h>

#include <chrono>
#include <cstdlib>
#include <future>
#include <thread>

#include "saccade/core/random.h"
#include "saccade/server/event_stream.h"

namespace saccade {
namespace {

using std::chrono::milliseconds;
using ::testing::HasSubstr;
using ::testing::Not;
using ::testing::StartsWith;

constexpr std::size_t kBodyLimit = 10'000;

class Echo : public HttpHandler {
 public:
  std::size_t body_limit(const std::string& method, const std::string&) const override {
    return method == "POST" ? kBodyLimit : 0;
  }
  std::optional<HttpReply> refuse(const HttpRequest& request) const override {
    if (request.path == "/refused") return refusal(403, "no");
    return std::nullopt;
  }
  void handle(HttpRequest request, Respond respond) override {
    if (request.path == "/throws") throw std::runtime_error("a fault inside");
    if (request.path == "/slow") {
      for (int i = 0; i < 200 && !*request.gone; ++i) std::this_thread::sleep_for(milliseconds(10));
      was_gone.set_value(*request.gone);
    }
    if (request.path == "/events") {
      stream = std::make_shared<EventStream>();
      stream->send("hello", "{}");
      return respond({.events = stream});
    }
    respond(text_reply(
        200, "text/plain",
        request.method + " " + request.path + " " + std::to_string(request.body.size())));
  }
  void stop() override {
    if (stream) stream->close();
  }
  std::shared_ptr<EventStream> stream;
  std::promise<bool> was_gone;  // what /slow saw at its end
};

class Client {
 public:
  explicit Client(int port) : fd_(socket(AF_INET, SOCK_STREAM, 0)) {
    sockaddr_in address{};
    address.sin_family = AF_INET;
    address.sin_port = htons(static_cast<std::uint16_t>(port));
    address.sin_addr.s_addr = htonl(INADDR_LOOPBACK);
    EXPECT_EQ(connect(fd_, reinterpret_cast<sockaddr*>(&address), sizeof(address)), 0);
    const timeval patience{.tv_sec = 4};
    setsockopt(fd_, SOL_SOCKET, SO_RCVTIMEO, &patience, sizeof(patience));
  }
  ~Client() { close(fd_); }
  Client(const Client&) = delete;

  // False where the server closed the connection.
  bool send(const std::string& text) const {
    return ::send(fd_, text.data(), text.size(), MSG_NOSIGNAL) == static_cast<ssize_t>(text.size());
  }
  // All that comes until the server closes, or nothing comes for some seconds.
  std::string rest() const {
    std::string all;
    char bytes[4096];
    for (ssize_t n = 0; (n = recv(fd_, bytes, sizeof(bytes), 0)) > 0;)
      all.append(bytes, static_cast<std::size_t>(n));
    return all;
  }
  // Until this text has come.
  std::string until(const std::string& end) const {
    std::string all;
    char byte = 0;
    while (all.find(end) == std::string::npos && recv(fd_, &byte, 1, 0) == 1) all += byte;
    return all;
  }

 private:
  const int fd_;
};

class HttpServerTest : public testing::Test {
 protected:
  HttpServerTest()
      : server_({.header_bytes = 4096,
                 .let_go_bytes = 100'000,
                 .connections = 20,
                 .threads = 2,
                 .header_time = std::chrono::seconds(1),
                 .body_time = std::chrono::seconds(1),
                 .write_time = std::chrono::seconds(2)},
                echo_),
        thread_([this] { server_.run(); }) {}
  ~HttpServerTest() override {
    server_.stop();
    thread_.join();
  }

  std::string answer(const std::string& request) const {
    const Client client(server_.port());
    client.send(request);
    return client.rest();
  }
  std::string get(const std::string& path) const {
    return answer("GET " + path + " HTTP/1.1\r\nHost: localhost\r\nConnection: close\r\n\r\n");
  }
  // What /slow saw, once it ends.
  bool was_gone() {
    const bool seen = echo_.was_gone.get_future().get();
    echo_.was_gone = {};
    return seen;
  }
  // Still answers.
  void expect_alive() const { EXPECT_THAT(get("/alive"), HasSubstr("GET /alive 0")); }

  Echo echo_;
  HttpServer server_;
  std::thread thread_;
};

TEST_F(HttpServerTest, AnswersRequestsOfOneConnectionInTurn) {
  const Client client(server_.port());
  client.send(
      "GET /a HTTP/1.1\r\nHost: x\r\n\r\nPOST /b HTTP/1.1\r\nHost: x\r\nContent-Length: "
      "3\r\n\r\nabc");
  EXPECT_THAT(client.until("GET /a 0"), StartsWith("HTTP/1.1 200 OK"));
  EXPECT_THAT(client.until("POST /b 3"), HasSubstr("HTTP/1.1 200 OK"));
}

TEST_F(HttpServerTest, EveryReplyKeepsOtherSitesOut) {
  const std::string reply = get("/");
  for (const char* header :
       {"Content-Security-Policy: default-src 'self'", "X-Content-Type-Options: nosniff",
        "Cross-Origin-Resource-Policy: same-origin", "X-Frame-Options: DENY"})
    EXPECT_THAT(reply, HasSubstr(header));
}

TEST_F(HttpServerTest, HeadHasNoBody) {
  const std::string reply = answer("HEAD /a HTTP/1.1\r\nHost: x\r\nConnection: close\r\n\r\n");
  EXPECT_THAT(reply, HasSubstr("Content-Length: 9\r\n"));
  EXPECT_TRUE(reply.ends_with("\r\n\r\n"));
}

TEST_F(HttpServerTest, WhatIsNoHttpIsRefused) {
  for (const char* wrong :
       {"hello\r\n\r\n", "GET / HTTP/9.9\r\n\r\n", "GET /\r\n\r\n",
        "GET / HTTP/1.1\r\nHost\r\n\r\n", "GET /%zz HTTP/1.1\r\nHost: x\r\n\r\n",
        "GET x HTTP/1.1\r\nHost: x\r\n\r\n",
        "GET / HTTP/1.1\r\nHost: x\r\nHost: y\r\nConnection: close\r\n\r\n",
        "POST / HTTP/1.1\r\nHost: x\r\nContent-Length: -1\r\n\r\n",
        "POST / HTTP/1.1\r\nHost: x\r\nContent-Length: 99999999999999999999\r\n\r\n"})
    EXPECT_THAT(answer(wrong), HasSubstr("HTTP/1.1 400 ")) << wrong;
  expect_alive();
}

TEST_F(HttpServerTest, EndlessHeadersAreCutOff) {
  const Client client(server_.port());
  client.send("GET / HTTP/1.1\r\nHost: x\r\n");
  int sent = 0;
  while (sent < 200'000 && client.send("A: " + std::string(60, 'b') + "\r\n")) ++sent;
  EXPECT_LT(sent, 200'000);
  EXPECT_THAT(answer("GET / HTTP/1.1\r\nHost: x\r\nA: " + std::string(5000, 'b')),
              HasSubstr(" 431 "));
  EXPECT_THAT(answer("GET /" + std::string(5000, 'b')), HasSubstr(" 431 "));
  expect_alive();
}

TEST_F(HttpServerTest, BodiesBeyondTheLimitAreNotRead) {
  const std::string head = "POST / HTTP/1.1\r\nHost: x\r\n";
  EXPECT_THAT(answer(head + "Content-Length: 10001\r\n\r\n"), HasSubstr(" 413 "));
  EXPECT_THAT(answer(head + "Content-Length: 1000000000000\r\n\r\nabc"), HasSubstr(" 413 "));
  EXPECT_THAT(answer("GET / HTTP/1.1\r\nHost: x\r\nContent-Length: 1\r\n\r\na"),
              HasSubstr(" 413 "));
  expect_alive();
}

TEST_F(HttpServerTest, EndlessChunksAreCutOff) {
  const Client client(server_.port());
  client.send("POST / HTTP/1.1\r\nHost: x\r\nTransfer-Encoding: chunked\r\n\r\n");
  int sent = 0;
  while (sent < 200'000 && client.send("40\r\n" + std::string(64, 'b') + "\r\n")) ++sent;
  EXPECT_LT(sent, 200'000);
  const std::string head = "POST / HTTP/1.1\r\nHost: x\r\nTransfer-Encoding: chunked\r\n\r\n";
  EXPECT_THAT(answer(head + "ffffffffffffffff\r\n"), HasSubstr("HTTP/1.1 4"));
  EXPECT_THAT(answer(head + "zz\r\n"), HasSubstr(" 400 "));
  // What follows a chunk's size is endless too.
  const Client extension(server_.port());
  extension.send(head + "1;");
  sent = 0;
  while (sent < 200'000 && extension.send(std::string(64, 'e'))) ++sent;
  EXPECT_LT(sent, 200'000);
  expect_alive();
}

// A byte now and then does not prolong the time that a whole request has.
TEST_F(HttpServerTest, SlowClientsAreLeft) {
  const auto drip = [&](const std::string& head) {
    const Client client(server_.port());
    client.send(head);
    const auto start = std::chrono::steady_clock::now();
    while (client.send("a") && std::chrono::steady_clock::now() - start < std::chrono::seconds(10))
      std::this_thread::sleep_for(milliseconds(100));
    return std::chrono::steady_clock::now() - start;
  };
  EXPECT_LT(drip("GET /"), std::chrono::seconds(4));
  EXPECT_LT(drip("POST / HTTP/1.1\r\nHost: x\r\nContent-Length: 5000\r\n\r\n"),
            std::chrono::seconds(4));
  expect_alive();
}

TEST_F(HttpServerTest, MoreConnectionsThanThereMayBeAreToldSo) {
  std::vector<std::unique_ptr<Client>> idle;
  for (int i = 0; i < 20; ++i) idle.push_back(std::make_unique<Client>(server_.port()));
  std::this_thread::sleep_for(milliseconds(200));
  EXPECT_THAT(get("/one-more"), HasSubstr(" 503 "));
  idle.clear();
  std::this_thread::sleep_for(milliseconds(200));
  expect_alive();
}

TEST_F(HttpServerTest, AHandlersFaultIsAnAnswer) {
  EXPECT_THAT(get("/throws"), HasSubstr(" 500 "));
  EXPECT_THAT(get("/refused"), HasSubstr(" 403 "));
  expect_alive();
}

TEST_F(HttpServerTest, EventsComeAsTheyHappen) {
  const Client client(server_.port());
  client.send("GET /events HTTP/1.1\r\nHost: x\r\n\r\n");
  EXPECT_THAT(client.until("data: {}\n\n"), HasSubstr("text/event-stream"));
  echo_.stream->send("progress", "{\"part\": 0.5}");
  EXPECT_THAT(client.until("0.5}\n\n"), HasSubstr("event: progress"));
  echo_.stream->close();
  EXPECT_THAT(client.rest(), HasSubstr("0\r\n\r\n"));
}

TEST_F(HttpServerTest, AClientThatLeavesIsForgotten) {
  for (int i = 0; i < 200; ++i) {
    const Client client(server_.port());
    client.send(i % 2 == 0 ? "GET /a HTTP/1.1\r\nHost: x\r\n\r\n" : "GET /a HTT");
  }
  std::this_thread::sleep_for(milliseconds(1500));
  expect_alive();
}

TEST_F(HttpServerTest, WhatRunsIsToldOfAClientThatLeaves) {
  const std::string slow = "GET /slow HTTP/1.1\r\nHost: x\r\n\r\n";
  {
    const Client leaves(server_.port());
    leaves.send(slow);
    std::this_thread::sleep_for(milliseconds(100));
  }
  EXPECT_TRUE(was_gone());
  const Client stays(server_.port());
  stays.send(slow);
  std::this_thread::sleep_for(milliseconds(100));
  stays.send("GET /next HTTP/1.1\r\nHost: x\r\n\r\n");  // says something: is there
  EXPECT_FALSE(was_gone());
  EXPECT_THAT(stays.until("GET /next 0"), HasSubstr("GET /slow 0"));
}

// make test-slow asks ten thousand under the sanitizers.
TEST_F(HttpServerTest, RandomRequestsBreakNothing) {
  const char* const wanted = std::getenv("SACCADE_HOSTILE_REQUESTS");
  const int count = wanted != nullptr ? std::atoi(wanted) : 500;
  constexpr const char* kPieces[] = {"GET ",
                                     "POST ",
                                     "/a",
                                     " HTTP/1.1\r\n",
                                     "\r\n",
                                     "\r\n\r\n",
                                     "Host: x",
                                     "Host: ",
                                     "Transfer-Encoding: chunked\r\n",
                                     "Content-Length: 5\r\n",
                                     "5\r\nabcde\r\n",
                                     "0\r\n\r\n",
                                     "ffff\r\n",
                                     "?x=%41&y",
                                     "%",
                                     ":",
                                     "Expect: 100-continue\r\n",
                                     "Connection: keep-alive\r\n",
                                     "\xff\xfe",
                                     "HTTP/1.0"};
  Random random(9);
  for (int i = 0; i < count; ++i) {
    std::string text = random.chance(0.7) ? "POST / HTTP/1.1\r\nHost: x\r\n" : "";
    for (std::uint64_t n = random.below(12); n > 0; --n)
      text += kPieces[random.below(std::size(kPieces))];
    if (random.chance(0.2))
      for (std::uint64_t n = random.below(200); n > 0; --n)
        text += static_cast<char>(random.below(256));
    const Client client(server_.port());
    client.send(text);
    if (random.chance(0.02)) client.until("\r\n");  // others leave before they are answered
  }
  // Those that were left half open give their places back.
  std::this_thread::sleep_for(milliseconds(2500));
  expect_alive();
}

}  // namespace
}  // namespace saccade
