// Work of operators shared out over LibTorch's number of threads.
#include "saccade/op/parallel_parts.h"

#include <ATen/Parallel.h>

#include <algorithm>
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

}  // namespace

void parallel_parts(std::int64_t count, std::int64_t grain,
                    const std::function<void(std::int64_t begin, std::int64_t end)>& body) {
  if (count <= 0) return;
  const std::int64_t most = std::max<std::int64_t>(1, count / std::max<std::int64_t>(1, grain));
  const bool is_shared_out = inside_part || at::in_parallel_region();
  const int threads = is_shared_out ? 1 : at::get_num_threads();
  const std::int64_t parts = threads <= 1 ? 1 : std::min(most, kPartsPerThread * threads);
  parallel_for(parts, threads, [&](std::int64_t i) {
    const InsidePart inside;
    body(count * i / parts, count * (i + 1) / parts);
  });
}

}  // namespace saccade
