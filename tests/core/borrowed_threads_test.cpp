// Threads that are kept for the next one who needs some.
#include "saccade/core/borrowed_threads.h"

#include <gtest/gtest.h>

#include <atomic>
#include <chrono>
#include <latch>
#include <mutex>
#include <set>
#include <thread>

namespace saccade {
namespace {

TEST(BorrowedThreads, TasksRunAtTheSameTime) {
  constexpr int kTasks = 5;
  std::latch all_here(kTasks);  // one that waited for another to end would never return
  BorrowedThreads threads;
  for (int i = 0; i < kTasks; ++i) threads.start([&] { all_here.arrive_and_wait(); });
  threads.join();
  EXPECT_TRUE(all_here.try_wait());
}

TEST(BorrowedThreads, JoinWaitsForEveryTask) {
  std::atomic<int> ended{0};
  BorrowedThreads threads;
  for (int i = 0; i < 3; ++i) {
    threads.start([&] {
      std::this_thread::sleep_for(std::chrono::milliseconds(10));
      ++ended;
    });
  }
  threads.join();
  EXPECT_EQ(ended, 3);
}

TEST(BorrowedThreads, AThreadIsUsedAgain) {
  std::mutex mutex;
  std::set<std::thread::id> seen;
  for (int i = 0; i < 20; ++i) {
    BorrowedThreads threads;
    threads.start([&] {
      const std::lock_guard lock(mutex);
      seen.insert(std::this_thread::get_id());
    });
  }
  EXPECT_LE(seen.size(), 6U);  // those of the other tests of this process, not twenty new ones
}

TEST(BorrowedThreads, ATaskMayBorrowThreadsItself) {
  std::atomic<int> calls{0};
  {
    BorrowedThreads outer;
    for (int i = 0; i < 3; ++i) {
      outer.start([&] {
        BorrowedThreads inner;
        for (int k = 0; k < 3; ++k) inner.start([&] { ++calls; });
      });
    }
  }
  EXPECT_EQ(calls, 9);
}

}  // namespace
}  // namespace saccade
