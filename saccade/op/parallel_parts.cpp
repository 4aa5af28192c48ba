// Work of operators shared out over LibTorch's threads.
#include "saccade/op/parallel_parts.h"

#include <ATen/Parallel.h>
#include <dlfcn.h>

#include <algorithm>
#include <atomic>
#include <exception>
#include <mutex>
#include <utility>

#include "saccade/core/parallel.h"

namespace saccade {
namespace {

constexpr std::int64_t kPartsPerThread = 4;  // who is done early takes another

thread_local bool inside_part = false;

class InsidePart {
 public:
  InsidePart() : before_(std::exchange(inside_part, true)) {}
  ~InsidePart() { inside_part = before_; }
  InsidePart(const InsidePart&) = delete;
  InsidePart& operator=(const InsidePart&) = delete;

 private:
  const bool before_;
};

// What compilers turn "#pragma omp parallel" into. Found in the runtime that LibTorch brought instead of linked: a second
// one would have threads of its own.
using OpenMpParallel = void (*)(void (*run)(void*), void* data, unsigned threads, unsigned flags);

OpenMpParallel open_mp_parallel() {
#if defined(__SANITIZE_THREAD__)
  return nullptr;  // the sanitizer does not see how OpenMP's threads wait for one another
#else
  static const auto kFound =
      reinterpret_cast<OpenMpParallel>(::dlsym(RTLD_DEFAULT, "GOMP_parallel"));
  return kFound;
#endif
}

// Parts 0 to count - 1 for whoever comes.
class Parts {
 public:
  Parts(std::int64_t count, const std::function<void(std::int64_t)>& body)
      : count_(count), body_(body) {}

  void take() noexcept {
    for (std::int64_t i = next_++; i < count_; i = next_++) {
      try {
        body_(i);
      } catch (...) {
        const std::lock_guard lock(mutex_);
        if (!thrown_) thrown_ = std::current_exception();
        next_ = count_;
      }
    }
  }
  void finish() const {
    if (thrown_) std::rethrow_exception(thrown_);
  }

 private:
  const std::int64_t count_;
  const std::function<void(std::int64_t)>& body_;
  std::atomic<std::int64_t> next_{0};
  std::mutex mutex_;
  std::exception_ptr thrown_;
};

void share_out(std::int64_t count, int threads, const std::function<void(std::int64_t)>& body) {
  const OpenMpParallel parallel = open_mp_parallel();
  if (threads <= 1 || count <= 1 || parallel == nullptr) return parallel_for(count, threads, body);
  Parts parts(count, body);
  parallel([](void* all) { static_cast<Parts*>(all)->take(); }, &parts,
           static_cast<unsigned>(threads), 0);
  parts.finish();
}

}  // namespace

void parallel_parts(std::int64_t count, std::int64_t grain,
                    const std::function<void(std::int64_t begin, std::int64_t end)>& body) {
  if (count <= 0) return;
  const std::int64_t most = std::max<std::int64_t>(1, count / std::max<std::int64_t>(1, grain));
  const bool is_shared_out = inside_part || at::in_parallel_region();
  const int threads = is_shared_out ? 1 : at::get_num_threads();
  const std::int64_t parts = threads <= 1 ? 1 : std::min(most, kPartsPerThread * threads);
  share_out(parts, threads, [&](std::int64_t i) {
    const InsidePart inside;
    body(count * i / parts, count * (i + 1) / parts);
  });
}

}  // namespace saccade
