// Memory for large arrays that come and go in every step of a loop, such as the activations of training.
#pragma once

#include <cstddef>
#include <cstdint>
#include <list>
#include <mutex>
#include <unordered_map>

namespace saccade {

// Gives blocks of memory and keeps those that come back, on huge pages where there are some: the system is
// not asked again, nor its page faults paid, when the next step wants the same. What is kept and what
// is in use never exceeds the most that was in use at once. For several threads.
class BlockCache {
 public:
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
  struct Block {
    void* begin = nullptr;
    std::size_t bytes = 0;
  };

  void unmap_oldest();

  mutable std::mutex mutex_;
  std::unordered_map<void*, std::size_t> used_;
  std::list<Block> kept_;  // oldest first
  Usage usage_;
};

}  // namespace saccade
