// Threads that are kept for the next one who needs some.
#pragma once

#include <functional>

namespace saccade {

// Used as a vector of std::jthread is; but when a task ends its thread sleeps until it is borrowed again.
// A sleeping thread is woken on an idle core at once; a new one often starts on its maker's core and
// waits there for some milliseconds. A child of fork has none of its parent's: it must not borrow.
class BorrowedThreads {
 public:
  BorrowedThreads() = default;
  ~BorrowedThreads() { join(); }
  BorrowedThreads(const BorrowedThreads&) = delete;
  BorrowedThreads& operator=(const BorrowedThreads&) = delete;

  // Runs `task`, which must not throw, on a thread that does nothing else meanwhile. Throws
  // std::system_error where the system gives no thread.
  void start(std::function<void()> task);

  // Waits until all tasks have ended.
  void join();

 private:
  friend class ThreadCache;
  int running_ = 0;  // guarded by the cache
};

}  // namespace saccade
