// Items made ahead of their reader on several threads and handed out in order.
#pragma once

#include <condition_variable>
#include <cstdint>
#include <exception>
#include <functional>
#include <map>
#include <mutex>
#include <optional>
#include <thread>
#include <utility>
#include <vector>

namespace saccade {

// Calls make(0) to make(count - 1) on `threads` threads, at most `ahead` items before the reader.
// Without threads (0) an item is made when it is asked for.
template <typename T>
class Prefetcher {
 public:
  Prefetcher(std::int64_t count, int threads, std::int64_t ahead,
             std::function<T(std::int64_t)> make)
      : count_(count), ahead_(ahead), make_(std::move(make)) {
    try {
      for (int i = 0; i < threads; ++i) workers_.emplace_back([this] { work(); });
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
    if (workers_.empty()) return make_(read_++);
    std::unique_lock lock(mutex_);
    ready_.wait(lock, [&] { return items_.contains(read_); });
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

  void work() {
    for (;;) {
      std::unique_lock lock(mutex_);
      room_.wait(lock, [&] { return stop_ || made_ == count_ || made_ < read_ + ahead_; });
      if (stop_ || made_ == count_) return;
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
      lock.unlock();
      ready_.notify_one();
    }
  }

  const std::int64_t count_, ahead_;
  const std::function<T(std::int64_t)> make_;
  std::mutex mutex_;
  std::condition_variable room_, ready_;
  std::map<std::int64_t, Item> items_;
  std::int64_t made_ = 0, read_ = 0;
  bool stop_ = false;
  std::vector<std::jthread> workers_;  // last: they end before what they use
};

}  // namespace saccade
