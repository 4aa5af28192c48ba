// Items made ahead of their reader on several threads and handed out in order.
#pragma once

#include <algorithm>
#include <condition_variable>
#include <cstdint>
#include <exception>
#include <functional>
#include <map>
#include <mutex>
#include <optional>
#include <utility>

#include "saccade/core/borrowed_threads.h"

namespace saccade {

// What a reader does whose item is not ready: a batch is waited for, as the next would take as long.
enum class Reader { kWaits, kHelps };

// Calls make(0) to make(count - 1) on `threads` threads and, where the reader helps, on its own; at most
// `ahead` items before the reader. Without threads (0) an item is made when it is asked for.
template <typename T>
class Prefetcher {
 public:
  Prefetcher(std::int64_t count, int threads, std::int64_t ahead,
             std::function<T(std::int64_t)> make, Reader reader = Reader::kWaits)
      : count_(count),
        ahead_(std::max<std::int64_t>(ahead, 1)),
        helps_(reader == Reader::kHelps || threads < 1),
        make_(std::move(make)) {
    try {
      for (int i = 0; i < threads; ++i) workers_.start([this] { work(); });
    } catch (...) {
      stop();  // those that could be started would wait for ever
      throw;
    }
  }
  ~Prefetcher() { stop(); }
  Prefetcher(const Prefetcher&) = delete;
  Prefetcher& operator=(const Prefetcher&) = delete;

  // The next item in order; nothing after the last. Throws what make threw for this item.
  std::optional<T> next() {
    if (read_ == count_) return std::nullopt;
    std::unique_lock lock(mutex_);
    while (!items_.contains(read_)) {
      if (helps_ && has_room()) {
        make_one(lock);
      } else {
        ready_.wait(lock);
      }
    }
    Item item = std::move(items_.extract(read_++).mapped());
    lock.unlock();
    room_.notify_all();
    if (item.error) std::rethrow_exception(item.error);
    return std::move(item.value);
  }

 private:
  void stop() {
    {
      const std::lock_guard lock(mutex_);
      stop_ = true;
    }
    room_.notify_all();
  }

  struct Item {
    std::optional<T> value;
    std::exception_ptr error;
  };

  bool has_room() const { return made_ < count_ && made_ < read_ + ahead_; }

  void work() {
    std::unique_lock lock(mutex_);
    for (;;) {
      room_.wait(lock, [&] { return stop_ || made_ == count_ || has_room(); });
      if (stop_ || made_ == count_) return;
      make_one(lock);
      ready_.notify_one();
    }
  }

  // The next item nobody has begun; the lock is open meanwhile.
  void make_one(std::unique_lock<std::mutex>& lock) {
    const std::int64_t index = made_++;
    lock.unlock();
    Item item;
    try {
      item.value = make_(index);
    } catch (...) {
      item.error = std::current_exception();
    }
    lock.lock();
    items_.emplace(index, std::move(item));
  }

  const std::int64_t count_, ahead_;
  const bool helps_;
  const std::function<T(std::int64_t)> make_;
  std::mutex mutex_;
  std::condition_variable room_, ready_;
  std::map<std::int64_t, Item> items_;
  std::int64_t made_ = 0, read_ = 0;
  bool stop_ = false;
  BorrowedThreads workers_;  // last: they end before what they use
};

}  // namespace saccade
