// Blocks come back to whoever wants their like, and what is kept stays below what was once in use.
#include "saccade/core/block_cache.h"

#include <gtest/gtest.h>

#include <cstring>
#include <new>
#include <set>
#include <thread>
#include <vector>

#include "saccade/core/random.h"

namespace saccade {
namespace {

constexpr std::size_t kMega = std::size_t{1} << 20;

TEST(BlockCache, TheSameStepAgainAsksForNothing) {
  BlockCache cache;
  std::set<void*> first, second;
  for (std::set<void*>* step : {&first, &second}) {
    for (const std::size_t size : {5 * kMega, 3 * kMega, 5 * kMega, 8 * kMega}) {
      void* const block = cache.take(size);
      std::memset(block, 1, size);
      step->insert(block);
    }
    for (void* const block : *step) cache.give_back(block);
  }
  EXPECT_EQ(first, second);
  EXPECT_EQ(first.size(), 4u);
  const auto usage = cache.usage();
  EXPECT_EQ(usage.used, 0u);
  EXPECT_EQ(usage.kept, 21 * kMega);
  EXPECT_EQ(usage.most_used, 21 * kMega);
  cache.release();
  EXPECT_EQ(cache.usage().kept, 0u);
}

TEST(BlockCache, ALargeBlockIsCutAndJoinedAgain) {
  BlockCache cache;
  auto* const large = static_cast<char*>(cache.take(64 * kMega));
  cache.give_back(large);
  std::vector<void*> parts;
  for (const std::size_t size : {2, 30, 20, 12}) parts.push_back(cache.take(size * kMega));
  EXPECT_EQ(parts,
            (std::vector<void*>{large, large + 2 * kMega, large + 32 * kMega, large + 52 * kMega}));
  EXPECT_EQ(cache.usage().used, 64 * kMega);
  EXPECT_EQ(cache.usage().kept, 0u);
  for (const int i : {1, 3, 0, 2}) cache.give_back(parts[static_cast<std::size_t>(i)]);
  EXPECT_EQ(cache.take(64 * kMega), large);
  EXPECT_EQ(cache.usage().most_used, 64 * kMega);
  cache.give_back(large);
}

TEST(BlockCache, TheSmallestThatFitsIsTaken) {
  BlockCache cache;
  std::vector<void*> blocks;  // those at odd places part the others
  for (const std::size_t size : {9, 1, 5, 1, 7, 1}) blocks.push_back(cache.take(size * kMega));
  for (const std::size_t i : {0, 2, 4}) cache.give_back(blocks[i]);
  EXPECT_EQ(cache.take(5 * kMega - 5000), blocks[2]);  // what is over is less than worth a cut
  EXPECT_EQ(cache.take(6 * kMega), blocks[4]);
  EXPECT_EQ(cache.take(8 * kMega), blocks[0]);
  EXPECT_EQ(cache.usage().kept, 2 * kMega);  // the rests of the two
}

TEST(BlockCache, KeptAndUsedStayNearTheMostThatWasUsed) {
  BlockCache cache;
  Random random(1);
  std::vector<std::pair<void*, std::size_t>> held;
  for (int i = 0; i < 3000; ++i) {
    if (held.size() < 12 && random.chance(0.5)) {
      const auto size = static_cast<std::size_t>(random.between(1, 1 << 22));
      auto* const bytes = static_cast<unsigned char*>(cache.take(size));
      bytes[0] = bytes[size - 1] = static_cast<unsigned char>(i);
      held.emplace_back(bytes, size);
    } else if (!held.empty()) {
      const auto at = static_cast<std::size_t>(random.below(held.size()));
      const auto* const bytes = static_cast<unsigned char*>(held[at].first);
      ASSERT_EQ(bytes[0], bytes[held[at].second - 1]);  // nobody else has written there
      cache.give_back(held[at].first);
      held.erase(held.begin() + static_cast<std::ptrdiff_t>(at));
    }
    const auto usage = cache.usage();
    ASSERT_LE(usage.used + usage.kept, usage.most_used + usage.most_used / 4);
  }
  for (const auto& [block, size] : held) cache.give_back(block);
}

TEST(BlockCache, OfMuchOnlyLittleIsSpare) {
  BlockCache cache;
  void* const most = cache.take(1024 * kMega);  // never touched
  cache.give_back(most);
  std::vector<void*> parts;
  for (int i = 0; i < 8; ++i) parts.push_back(cache.take(100 * kMega));  // leaves 224 MB
  void* const more = cache.take(300 * kMega);
  const auto usage = cache.usage();
  EXPECT_LE(usage.used + usage.kept, usage.most_used + BlockCache::kMostSpare);
  for (void* const part : parts) cache.give_back(part);
  cache.give_back(more);
}

TEST(BlockCache, ThreadsGetBlocksOfTheirOwn) {
  BlockCache cache;
  std::vector<std::thread> threads;
  std::vector<int> wrong(4);
  for (int t = 0; t < 4; ++t) {
    threads.emplace_back([&, t] {
      for (int i = 0; i < 200; ++i) {
        const std::size_t size = kMega + static_cast<std::size_t>(i % 7) * 4096;
        auto* const bytes = static_cast<unsigned char*>(cache.take(size));
        std::memset(bytes, t, 4096);
        std::this_thread::yield();
        wrong[static_cast<std::size_t>(t)] += bytes[4095] != t;
        cache.give_back(bytes);
      }
    });
  }
  for (std::thread& thread : threads) thread.join();
  EXPECT_EQ(wrong, std::vector<int>(4));
  EXPECT_EQ(cache.usage().used, 0u);
}

TEST(BlockCache, MoreThanThereIsIsBadAlloc) {
  BlockCache cache;
  EXPECT_THROW(cache.take(SIZE_MAX), std::bad_alloc);
  EXPECT_THROW(cache.take(std::size_t{1} << 60), std::bad_alloc);
  EXPECT_EQ(cache.usage().used, 0u);
  EXPECT_FALSE(cache.give_back(&cache));  // not one of its blocks
}

}  // namespace
}  // namespace saccade
