// Processes that hand each other bytes; here each is a child of the test.
#include "saccade/dist/rank_group.h"

#include <gtest/gtest.h>

#include "saccade/core/error.h"
#include "tests/dist/forked_ranks.h"
#include "tests/support/tell_fault.h"

namespace saccade {
namespace {

TEST(RankGroup, AloneItGetsBackWhatItGave) {
  RankGroup group(std::nullopt);
  EXPECT_EQ(group.size(), 1);
  EXPECT_EQ(group.all_gather("a", "bytes"), std::vector<std::string>{"bytes"});
  group.finish();
}

// 9 MB passes the store's limit for one value.
TEST(RankGroup, EveryRankGetsTheBytesOfAll) {
  const auto codes = in_processes(3, [](int rank, int port) {
    RankGroup group(environment(rank, 3, port));
    const auto all = group.all_gather("numbers", std::string(rank * 9'000'000 / 2, 'a' + rank));
    bool right = all.size() == 3;
    for (int r = 0; r < 3 && right; ++r) right = all[r] == std::string(r * 9'000'000 / 2, 'a' + r);
    const auto first = group.gather("more", std::to_string(rank));
    right = right && first.size() == (rank == 0 ? 3u : 0u);
    group.finish();
    return right ? 0 : 1;
  });
  EXPECT_EQ(codes, (std::vector<int>{0, 0, 0}));
}

TEST(RankGroup, AFailureReachesTheOthersWithItsMessage) {
  const auto codes = in_processes(2, [](int rank, int port) {
    RankGroup group(environment(rank, 2, port));
    if (rank == 1) {
      group.fail("val/a.jpg: cut off");
      return 1;
    }
    try {
      group.all_gather("results", "");
    } catch (const Error& error) {
      return std::string(error.what()) == "rank 1 failed: val/a.jpg: cut off" ? 7 : 8;
    }
    return 9;
  });
  EXPECT_EQ(codes, (std::vector<int>{7, 1}));
  tell_fault("one rank of two failing before bytes are shared", 1,
             "the other ends with its message");
}

TEST(RankGroup, AKilledRankIsNamedWithinTheTimeOut) {
  const DistTimeout timeout("3");
  const auto codes = in_processes(2, [](int rank, int port) {
    RankGroup group(environment(rank, 2, port));
    if (rank == 1) ::raise(SIGKILL);
    try {
      group.gather("results", "");
    } catch (const Error& error) {
      return std::string(error.what()).find("rank 1 of 2 has not been heard of for 3 s") == 0 ? 7
                                                                                              : 8;
    }
    return 9;
  });
  EXPECT_EQ(codes, (std::vector<int>{7, 128 + SIGKILL}));
  tell_fault("one rank of two killed before bytes are shared", 1, "the other names it and ends");
}

TEST(RankGroup, ARankThatNeverArrivesIsNamed) {
  const DistTimeout timeout("2");
  const auto codes = in_processes(1, [](int, int port) {
    try {
      RankGroup group(environment(0, 2, port));
    } catch (const Error& error) {
      return std::string(error.what()).find("rank 1 of 2 did not arrive at 127.0.0.1:") == 0 ? 7
                                                                                             : 8;
    }
    return 9;
  });
  const auto without_first = in_processes(1, [](int, int port) {
    try {
      RankGroup group(environment(1, 2, port));
    } catch (const Error& error) {
      return std::string(error.what()).find("rank 1 of 2 cannot reach rank 0 at 127.0.0.1") == 0
                 ? 7
                 : 8;
    }
    return 9;
  });
  EXPECT_EQ(codes, std::vector<int>{7});
  EXPECT_EQ(without_first, std::vector<int>{7});
}

TEST(RankGroup, APortInUseIsAClearError) {
  const int fd = ::socket(AF_INET, SOCK_STREAM, 0);
  sockaddr_in address{};
  address.sin_family = AF_INET;
  address.sin_addr.s_addr = htonl(INADDR_ANY);
  socklen_t length = sizeof(address);
  ASSERT_EQ(::bind(fd, reinterpret_cast<sockaddr*>(&address), length), 0);
  ASSERT_EQ(::listen(fd, 1), 0);
  ::getsockname(fd, reinterpret_cast<sockaddr*>(&address), &length);
  const int port = ntohs(address.sin_port);
  const auto codes = in_processes(1, [port](int, int) {
    try {
      RankGroup group(environment(0, 2, port));
    } catch (const Error& error) {
      return std::string(error.what()).find("choose another MASTER_PORT") != std::string::npos ? 7
                                                                                               : 8;
    }
    return 9;
  });
  ::close(fd);
  EXPECT_EQ(codes, std::vector<int>{7});
}

}  // namespace
}  // namespace saccade
