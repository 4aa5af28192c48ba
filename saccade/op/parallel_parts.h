// Work of operators shared out over LibTorch's number of threads.
#pragma once

#include <cstdint>
#include <functional>

namespace saccade {

// Calls body(begin, end) for ranges of at least `grain` numbers (the last may be shorter) that make up 0 to count - 1,
// on as many threads as LibTorch computes with (at::get_num_threads), the caller's among them. Which ranges
// there are depends on that number. at::parallel_for would run on one thread alone: it is parallel only where its
// caller is compiled with OpenMP. They are the threads of LibTorch's own operators, which spin for a while after each of
// them: others would find the cores taken. Throws what a call of body throws.
void parallel_parts(std::int64_t count, std::int64_t grain,
                    const std::function<void(std::int64_t begin, std::int64_t end)>& body);

}  // namespace saccade
