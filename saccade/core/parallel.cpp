// Work shared out over threads.
#include "saccade/core/parallel.h"

#include <sched.h>

#include <algorithm>
#include <atomic>
#include <exception>
#include <mutex>
#include <thread>

#include "saccade/core/borrowed_threads.h"

namespace saccade {

int available_threads() {
  cpu_set_t cores;
  CPU_ZERO(&cores);
  if (::sched_getaffinity(0, sizeof(cores), &cores) == 0) return std::max(1, CPU_COUNT(&cores));
  return std::max(1, static_cast<int>(std::thread::hardware_concurrency()));
}

void parallel_for(std::int64_t count, int threads, const std::function<void(std::int64_t)>& body) {
  if (threads < 1) threads = available_threads();
  threads = static_cast<int>(std::min<std::int64_t>(threads, count));
  if (threads <= 1) {
    for (std::int64_t i = 0; i < count; ++i) body(i);
    return;
  }
  std::atomic<std::int64_t> next{0};
  std::atomic<bool> stop{false};
  std::mutex mutex;
  std::exception_ptr first;
  std::int64_t first_index = count;
  const auto work = [&] {
    while (!stop.load(std::memory_order_relaxed)) {
      const std::int64_t i = next.fetch_add(1, std::memory_order_relaxed);
      if (i >= count) return;
      try {
        body(i);
      } catch (...) {
        const std::lock_guard lock(mutex);
        if (i < first_index) first = std::current_exception();
        first_index = std::min(first_index, i);
        stop = true;
      }
    }
  };
  BorrowedThreads helpers;
  for (int t = 1; t < threads; ++t) helpers.start(work);
  work();
  helpers.join();
  if (first) std::rethrow_exception(first);
}

}  // namespace saccade
