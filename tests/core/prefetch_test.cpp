// Items made ahead of their reader.
#include "saccade/core/prefetch.h"

#include <gtest/gtest.h>

#include <atomic>
#include <chrono>
#include <stdexcept>
#include <thread>

namespace saccade {
namespace {

TEST(Prefetcher, HandsOutItemsInOrderWhateverTheThreads) {
  for (const int threads : {0, 1, 3}) {
    Prefetcher<int> items(50, threads, 4, [](std::int64_t i) {
      std::this_thread::sleep_for(std::chrono::microseconds((50 - i) * 20));
      return static_cast<int>(i * i);
    });
    for (int i = 0; i < 50; ++i) EXPECT_EQ(items.next(), i * i);
    EXPECT_EQ(items.next(), std::nullopt);
  }
}

TEST(Prefetcher, AReaderThatHelpsGetsTheSameItems) {
  for (const int threads : {0, 1, 3}) {
    Prefetcher<int> items(
        50, threads, 4, [](std::int64_t i) { return static_cast<int>(i * i); }, Reader::kHelps);
    for (int i = 0; i < 50; ++i) EXPECT_EQ(items.next(), i * i);
    EXPECT_EQ(items.next(), std::nullopt);
  }
}

TEST(Prefetcher, AReaderThatHelpsMakesItemsWhileItsOwnIsNotReady) {
  std::atomic<bool> other{false};
  const auto reader = std::this_thread::get_id();
  Prefetcher<bool> items(
      2, 1, 2,
      [&](std::int64_t i) {
        if (std::this_thread::get_id() == reader) other = true;
        while (i == 0 && !other) std::this_thread::yield();  // item 0 waits for the reader's help
        return std::this_thread::get_id() == reader;
      },
      Reader::kHelps);
  EXPECT_TRUE(items.next().has_value());
  EXPECT_TRUE(other);
}

TEST(Prefetcher, StaysAtMostThisFarAhead) {
  std::atomic<std::int64_t> made{0};
  Prefetcher<int> items(100, 2, 3, [&](std::int64_t) { return static_cast<int>(++made); });
  std::this_thread::sleep_for(std::chrono::milliseconds(20));
  EXPECT_EQ(made, 3);
  items.next();
  std::this_thread::sleep_for(std::chrono::milliseconds(20));
  EXPECT_EQ(made, 4);
}

TEST(Prefetcher, ThrowsForTheItemThatFailedAndGoesOnAfterIt) {
  Prefetcher<int> items(3, 2, 2, [](std::int64_t i) {
    if (i == 1) throw std::runtime_error("second");
    return static_cast<int>(i);
  });
  EXPECT_EQ(items.next(), 0);
  EXPECT_THROW(items.next(), std::runtime_error);
  EXPECT_EQ(items.next(), 2);
}

TEST(Prefetcher, MayBeLeftBeforeItsEnd) {
  Prefetcher<int> items(1000, 2, 2, [](std::int64_t i) { return static_cast<int>(i); });
  EXPECT_EQ(items.next(), 0);
}

}  // namespace
}  // namespace saccade
