// Processes that hand each other bytes; here each is a child of the test.
#include "saccade/dist/rank_group.h"

#include <gtest/gtest.h>
#include <sys/socket.h>
#include <sys/wait.h>
#include <netinet/in.h>
#include <unistd.h>

#include <csignal>
#include <cstdlib>
#include <functional>

#include "saccade/core/error.h"

namespace saccade {
namespace {

// A port nobody listens at.
int free_port() {
  const int fd = ::socket(AF_INET, SOCK_STREAM, 0);
  sockaddr_in address{};
  address.sin_family = AF_INET;
  address.sin_addr.s_addr = htonl(INADDR_LOOPBACK);
  socklen_t length = sizeof(address);
  EXPECT_EQ(::bind(fd, reinterpret_cast<sockaddr*>(&address), length), 0);
  ::getsockname(fd, reinterpret_cast<sockaddr*>(&address), &length);
  ::close(fd);
  return ntohs(address.sin_port);
}

RankEnvironment environment(int rank, int size, int port) {
  return {.rank = rank, .world_size = size, .master_addr = "127.0.0.1", .master_port = port};
}

// Runs `body` in `size` processes; returns their exit codes. 128 + n: ended by signal n.
std::vector<int> in_processes(int size, const std::function<int(int rank, int port)>& body) {
  const int port = free_port();
  std::vector<pid_t> children;
  for (int rank = 0; rank < size; ++rank) {
    const pid_t child = ::fork();
    if (child == 0) {
      int code = 99;
      try {
        code = body(rank, port);
      } catch (const std::exception& error) {
        std::fprintf(stderr, "rank %d: %s\n", rank, error.what());
      }
      ::_exit(code);
    }
    children.push_back(child);
  }
  std::vector<int> codes;
  for (const pid_t child : children) {
    int status = 0;
    ::waitpid(child, &status, 0);
    codes.push_back(WIFEXITED(status) ? WEXITSTATUS(status) : 128 + WTERMSIG(status));
  }
  return codes;
}

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
}

TEST(RankGroup, AKilledRankIsNamedWithinTheTimeOut) {
  ::setenv("SACCADE_DIST_TIMEOUT", "3", 1);
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
  ::unsetenv("SACCADE_DIST_TIMEOUT");
  EXPECT_EQ(codes, (std::vector<int>{7, 128 + SIGKILL}));
}

TEST(RankGroup, ARankThatNeverArrivesIsNamed) {
  ::setenv("SACCADE_DIST_TIMEOUT", "2", 1);
  const auto codes = in_processes(1, [](int, int port) {
    try {
      RankGroup group(environment(0, 2, port));
    } catch (const Error& error) {
      return std::string(error.what()).find("rank 1 of 2 did not arrive within 2 s") == 0 ? 7 : 8;
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
  ::unsetenv("SACCADE_DIST_TIMEOUT");
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
