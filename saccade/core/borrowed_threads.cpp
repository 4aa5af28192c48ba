// Threads that are kept for the next one who needs some.
#include "saccade/core/borrowed_threads.h"

#include <condition_variable>
#include <deque>
#include <mutex>
#include <thread>
#include <utility>

namespace saccade {

class ThreadCache {
 public:
  // Never destroyed: its threads sleep until the process ends.
  static ThreadCache& get() {
    static auto* cache = new ThreadCache;
    return *cache;
  }

  void start(BorrowedThreads& owner, std::function<void()> task) {
    {
      const std::lock_guard lock(mutex_);
      tasks_.push_back({&owner, std::move(task)});
      ++owner.running_;
      if (tasks_.size() > idle_) add_thread();
    }
    called_.notify_one();
  }

  void join(BorrowedThreads& owner) {
    std::unique_lock lock(mutex_);
    ended_.wait(lock, [&] { return owner.running_ == 0; });
  }

 private:
  struct Task {
    BorrowedThreads* owner;
    std::function<void()> run;
  };

  void add_thread() {
    try {
      std::thread([this] { serve(); }).detach();
      ++idle_;
    } catch (...) {
      --tasks_.back().owner->running_;
      tasks_.pop_back();
      throw;
    }
  }

  void serve() {
    std::unique_lock lock(mutex_);
    for (;;) {
      called_.wait(lock, [&] { return !tasks_.empty(); });
      const Task task = std::move(tasks_.front());
      tasks_.pop_front();
      --idle_;
      lock.unlock();
      task.run();
      lock.lock();
      ++idle_;
      if (--task.owner->running_ == 0) ended_.notify_all();
    }
  }

  std::mutex mutex_;
  std::condition_variable called_, ended_;
  std::deque<Task> tasks_;  // nobody has begun with
  std::size_t idle_ = 0;    // threads without a task, at least as many as tasks_
};

void BorrowedThreads::start(std::function<void()> task) {
  ThreadCache::get().start(*this, std::move(task));
}

void BorrowedThreads::join() { ThreadCache::get().join(*this); }

}  // namespace saccade
