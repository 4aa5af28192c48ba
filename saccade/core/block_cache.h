// Memory for large arrays that come and go in every step of a loop, such as the activations of training.
#pragma once

#include <cstddef>
#include <cstdint>
#include <map>
#include <mutex>
#include <unordered_map>
#include <utility>

namespace saccade {

// Gives blocks of memory and keeps those that come back, on huge pages where there are some: the system is
// not asked again, nor its page faults paid, when the next layer or step wants as much. A block that is too
// large is cut, and what comes back joins its neighbours. What is kept and what is in use never exceeds the
// most that was in use at once by more than a quarter, or by more than kMostSpare. For several threads.
class BlockCache {
 public:
  static constexpr std::size_t kMostSpare = std::size_t{1} << 26;  // bytes

  BlockCache() = default;
  ~BlockCache();
  BlockCache(const BlockCache&) = delete;
  BlockCache& operator=(const BlockCache&) = delete;

  // At least `bytes`, which is above 0, aligned to a page, not set to anything. Throws std::bad_alloc.
  void* take(std::size_t bytes);
  // What take gave, once; false where it did not.
  bool give_back(void* block) noexcept;
  // Gives all that is not in use to the system.
  void release();

  struct Usage {
    std::size_t used = 0, kept = 0, most_used = 0;  // bytes
  };
  Usage usage() const;

 private:
  using KeptBlocks = std::map<char*, std::size_t>;  // by address, with their bytes
  using Kept = std::pair<char*, std::size_t>;

  void keep(const Kept& block);
  KeptBlocks::iterator forget(KeptBlocks::iterator block);
  void unmap_smallest();

  mutable std::mutex mutex_;
  std::unordered_map<void*, std::size_t> used_;
  KeptBlocks kept_;
  Usage usage_;
};

}  // namespace saccade
