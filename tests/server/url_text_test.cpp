// Addresses of requests.
#include "saccade/server/url_text.h"

#include <gtest/gtest.h>

#include "saccade/core/error.h"
#include "saccade/core/random.h"

namespace saccade {
namespace {

using Values = std::vector<std::pair<std::string, std::string>>;

TEST(UrlText, HasAPathAndValues) {
  const UrlTarget url =
      parse_target("/api/image/i0/token?at=568%2C87&x=dec.3.cross.head5%3Doff&x=a+b&flag");
  EXPECT_EQ(url.path, "/api/image/i0/token");
  EXPECT_EQ(url.query,
            (Values{{"at", "568,87"}, {"x", "dec.3.cross.head5=off"}, {"x", "a b"}, {"flag", ""}}));
  EXPECT_EQ(parse_target("/a+b%20c?").path, "/a+b c");
  EXPECT_TRUE(parse_target("/?&&").query.empty());
}

TEST(UrlText, FaultsAreRefused) {
  for (const char* wrong : {"", "api", "http://other/", "*", "/%", "/%2", "/%zz", "/%00", "/%0d%0a",
                            "/?a=%7f", "/%ff%fe", "/?x=%c3"})
    EXPECT_THROW(parse_target(wrong), UsageError) << wrong;
  EXPECT_THROW(parse_target("/?" + std::string(3000, 'a') + std::string(1500, '&') +
                            [] {
                              std::string many;
                              for (int i = 0; i < 1100; ++i) many += "&a=1";
                              return many;
                            }()),
               UsageError);
}

TEST(UrlText, RandomBytesAreReadOrRefused) {
  Random random(5);
  for (int i = 0; i < 20'000; ++i) {
    std::string text = "/";
    for (std::uint64_t n = random.below(40); n > 0; --n)
      text +=
          static_cast<char>(random.below(3) == 0 ? "%&=?+/."[random.below(7)] : random.below(256));
    try {
      parse_target(text);
    } catch (const UsageError&) {
    }
  }
}

}  // namespace
}  // namespace saccade
