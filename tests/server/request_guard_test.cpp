// Who may ask.
#include "saccade/server/request_guard.h"

#include <gtest/gtest.h>

namespace saccade {
namespace {

HttpRequest asked(const std::string& host) { return {.method = "GET", .path = "/", .host = host}; }

int status(const RequestGuard& guard, const HttpRequest& request) {
  const auto refusal = guard.refuse(request);
  return refusal ? refusal->status : 200;
}

// Through `ssh -L` the port is another one.
TEST(RequestGuard, ThisMachineMayAskUnderItsOwnNamesAndAnyPort) {
  const RequestGuard guard("");
  for (const char* host : {"localhost", "localhost:9000", "127.0.0.1:8017", "[::1]:8017", "[::1]"})
    EXPECT_EQ(status(guard, asked(host)), 200) << host;
}

// A foreign name that was made to point at this machine ("DNS rebinding").
TEST(RequestGuard, OtherHostsAreRefused) {
  const RequestGuard guard("");
  for (const char* host :
       {"evil.example", "evil.example:8017", "127.0.0.1.evil.example", "localhost.", "127.0.0.2",
        "0.0.0.0:8017", "[::2]", "localhost:8017@evil.example"})
    EXPECT_EQ(status(guard, asked(host)), 403) << host;
  EXPECT_EQ(status(guard, asked("")), 400);
}

TEST(RequestGuard, PagesOfOtherSitesAreRefused) {
  const RequestGuard guard("");
  HttpRequest request = asked("localhost:8017");
  request.origin = "http://localhost:8017";
  EXPECT_EQ(status(guard, request), 200);
  for (const char* origin :
       {"http://evil.example", "http://localhost:9999", "null", "http://localhost"}) {
    request.origin = origin;
    EXPECT_EQ(status(guard, request), 403) << origin;
  }
  request.origin = "";
  request.fetch_site = "cross-site";
  request.fetch_mode = "no-cors";  // an <img> of another page
  EXPECT_EQ(status(guard, request), 403);
  request.fetch_mode = "navigate";  // a link that a person followed
  EXPECT_EQ(status(guard, request), 200);
}

TEST(RequestGuard, ATokenIsTakenFromTheAddressTheCookieOrTheHeader) {
  const std::string token = "0123456789abcdef";
  const RequestGuard guard(token);
  HttpRequest request = asked("gpu-machine:8017");
  EXPECT_EQ(status(guard, request), 401);
  request.query = {{"token", "0123456789abcdee"}};
  EXPECT_EQ(status(guard, request), 401);
  request.query = {{"token", token}};
  const auto redirection = guard.refuse(request);
  ASSERT_TRUE(redirection);
  EXPECT_EQ(redirection->status, 303);
  EXPECT_EQ(redirection->headers[0].second, "/");
  EXPECT_TRUE(redirection->headers[1].second.starts_with("saccade_token_8017=" + token + "; "));
  request.query.clear();
  request.cookie = "other=1; saccade_token_8017=" + token;
  EXPECT_EQ(status(guard, request), 200);
  request.cookie = "saccade_token_8017=" + token.substr(1);
  EXPECT_EQ(status(guard, request), 401);
  request.cookie = "saccade_token_8018=" + token;  // of another viewer of this machine
  EXPECT_EQ(status(guard, request), 401);
  request.cookie = "";
  request.authorization = "Bearer " + token;
  EXPECT_EQ(status(guard, request), 200);
  request.origin = "http://evil.example";
  EXPECT_EQ(status(guard, request), 403);
}

TEST(RequestGuard, TheRestOfAnAddressStaysWhereItsTokenGoes) {
  HttpRequest request = asked("[::1]:9000");
  request.query = {{"scale", "1.25"}, {"token", "secret"}, {"name", "a b&c=\xc3\xa9\r\n"}};
  const auto redirection = RequestGuard("secret").refuse(request);
  ASSERT_TRUE(redirection);
  EXPECT_EQ(redirection->headers[0].second, "/?scale=1.25&name=a%20b%26c%3D%C3%A9%0D%0A");
  EXPECT_TRUE(redirection->headers[1].second.starts_with("saccade_token_9000=secret; "));
}

// "//host/" and "/\host/" are addresses of other hosts to a browser.
TEST(RequestGuard, ARedirectionStaysOnThisHost) {
  HttpRequest request = asked("localhost:8017");
  request.query = {{"token", "secret"}};
  for (const auto& [path, location] : {std::pair("//evil.example/a", "/evil.example/a"),
                                       std::pair("/\\evil.example", "/%5Cevil.example"),
                                       std::pair("/a//b c?d/", "/a//b%20c%3Fd/")}) {
    request.path = path;
    EXPECT_EQ(RequestGuard("secret").refuse(request)->headers[0].second, location) << path;
  }
}

// Scripts must not read the token, nor pages of other sites send it.
TEST(RequestGuard, TheCookieIsOfThisSiteAndOutOfReachOfScripts) {
  HttpRequest request = asked("localhost:8017");
  request.query = {{"token", "secret"}};
  EXPECT_EQ(RequestGuard("secret").refuse(request)->headers[1],
            std::pair(std::string("Set-Cookie"),
                      std::string("saccade_token_8017=secret; HttpOnly; SameSite=Lax; Path=/")));
}

TEST(RequestGuard, RandomTokensAreLongAndNeverTheSame) {
  EXPECT_EQ(random_token().size(), 32U);
  EXPECT_NE(random_token(), random_token());
}

}  // namespace
}  // namespace saccade
