// Work shared out over threads.
#include "saccade/core/parallel.h"

#include <gtest/gtest.h>

#include <atomic>
#include <stdexcept>
#include <vector>

namespace saccade {
namespace {

TEST(ParallelFor, CallsEachIndexOnceWhateverTheThreads) {
  for (const int threads : {0, 1, 2, 7}) {
    std::vector<std::atomic<int>> calls(1000);
    parallel_for(1000, threads, [&](std::int64_t i) { ++calls[i]; });
    for (const auto& count : calls) EXPECT_EQ(count, 1) << threads;
  }
}

TEST(ParallelFor, NothingToDoIsDone) {
  parallel_for(0, 4, [](std::int64_t) { FAIL() << "there is no index"; });
}

TEST(ParallelFor, ThrowsWhatTheLowestIndexThrew) {
  const auto body = [](std::int64_t i) {
    if (i >= 3) throw std::runtime_error(std::to_string(i));
  };
  for (const int threads : {1, 4}) {
    try {
      parallel_for(4, threads, body);
      FAIL() << "nothing was thrown";
    } catch (const std::runtime_error& error) {
      EXPECT_STREQ(error.what(), "3");
    }
  }
}

}  // namespace
}  // namespace saccade
