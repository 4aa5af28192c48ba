// Parts make up the whole, and really run beside each other.
#include "saccade/op/parallel_parts.h"

#include <ATen/Parallel.h>
#include <gtest/gtest.h>

#include <atomic>
#include <chrono>
#include <mutex>
#include <set>
#include <stdexcept>
#include <thread>
#include <vector>

namespace saccade {
namespace {

class ParallelParts : public testing::Test {
 protected:
  ~ParallelParts() override { at::set_num_threads(before_); }

 private:
  const int before_ = at::get_num_threads();
};

TEST_F(ParallelParts, EveryNumberIsMetOnce) {
  for (const int threads : {1, 2, 3, 8}) {
    at::set_num_threads(threads);
    for (const std::int64_t count : {0, 1, 7, 8, 1000}) {
      for (const std::int64_t grain : {0, 1, 3, 5000}) {
        std::vector<std::atomic<int>> met(static_cast<std::size_t>(count));
        std::atomic<bool> is_small{false};
        parallel_parts(count, grain, [&](std::int64_t begin, std::int64_t end) {
          if (end - begin < std::min(grain, count)) is_small = true;
          for (std::int64_t i = begin; i < end; ++i) ++met[static_cast<std::size_t>(i)];
        });
        for (const auto& times : met)
          ASSERT_EQ(times, 1) << threads << " " << count << " " << grain;
        EXPECT_FALSE(is_small) << threads << " " << count << " " << grain;
      }
    }
  }
}

// Each part waits for another to have begun: with one thread that would never be.
TEST_F(ParallelParts, TwoThreadsWorkAtTheSameTime) {
  at::set_num_threads(2);
  std::atomic<int> begun{0};
  std::mutex mutex;
  std::set<std::thread::id> threads;
  parallel_parts(2, 1, [&](std::int64_t, std::int64_t) {
    ++begun;
    const auto end = std::chrono::steady_clock::now() + std::chrono::seconds(20);
    while (begun < 2 && std::chrono::steady_clock::now() < end) std::this_thread::yield();
    const std::lock_guard lock(mutex);
    threads.insert(std::this_thread::get_id());
  });
  EXPECT_EQ(threads.size(), 2u);
}

TEST_F(ParallelParts, WhatAPartThrowsComesToTheCaller) {
  at::set_num_threads(2);
  const auto fail = [](std::int64_t begin, std::int64_t) {
    if (begin > 0) throw std::runtime_error("of a part");
  };
  EXPECT_THROW(parallel_parts(100, 1, fail), std::runtime_error);
}

}  // namespace
}  // namespace saccade
