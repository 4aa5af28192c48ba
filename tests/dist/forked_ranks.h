// Ranks for the tests of saccade/dist: each is a child of the test program.
#pragma once

#include <gtest/gtest.h>
#include <netinet/in.h>
#include <sys/socket.h>
#include <sys/wait.h>
#include <unistd.h>

#include <csignal>
#include <cstdio>
#include <cstdlib>
#include <functional>
#include <vector>

#include "saccade/dist/rank_environment.h"

namespace saccade {

// A port nobody listens at.
inline int free_port() {
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

inline RankEnvironment environment(int rank, int size, int port) {
  return {.rank = rank, .world_size = size, .master_addr = "127.0.0.1", .master_port = port};
}

// Runs `body` in `size` processes; returns their exit codes. 128 + n: ended by signal n.
inline std::vector<int> in_processes(int size, const std::function<int(int rank, int port)>& body) {
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

// SACCADE_DIST_TIMEOUT while it lives.
class DistTimeout {
 public:
  explicit DistTimeout(const char* seconds) { ::setenv("SACCADE_DIST_TIMEOUT", seconds, 1); }
  ~DistTimeout() { ::unsetenv("SACCADE_DIST_TIMEOUT"); }
};

}  // namespace saccade
